"""Property tests for economies: Hypothesis strategies, the laws as checks, and a state machine.

``check_laws(uow, parameters)`` raises ``AssertionError`` if a law is broken; ``EconomyMachine``
drives a store with random commands against an independent model, and can be subclassed;
``simulate(seed)`` lives an economy of many machines that fail; ``faults`` has decorators that make
any port fail.
"""

try:
    import hypothesis as _hypothesis
except ImportError:
    raise ImportError(
        "syntropism.testing needs Hypothesis: pip install 'syntropism[testing]'"
    ) from None

from syntropism.testing import faults
from syntropism.testing.laws import check_laws
from syntropism.testing.machine import EconomyMachine
from syntropism.testing.model import Model
from syntropism.testing.simulation import simulate
from syntropism.testing.strategies import (
    amounts,
    bid_requests,
    economies,
    lively_parameters,
    populations,
    scores,
)
from syntropism.testing.strategies_market import (
    auction_bids,
    bundles,
    candidates,
    capacities,
    instances,
    offers,
    prices,
    rounds,
)

del _hypothesis

__all__ = [
    "EconomyMachine",
    "Model",
    "amounts",
    "auction_bids",
    "bid_requests",
    "bundles",
    "candidates",
    "capacities",
    "check_laws",
    "economies",
    "faults",
    "instances",
    "lively_parameters",
    "offers",
    "populations",
    "prices",
    "rounds",
    "scores",
    "simulate",
]
