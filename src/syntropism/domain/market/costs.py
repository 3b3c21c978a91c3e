"""What a bundle costs at given prices, and the least it may cost (MARKET.md, units)."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.resources import Bundle

PER_MICRO_CREDIT: Final = 10**12
"""(pico-credits per unit·second) × milli-units × milliseconds in one micro-credit."""


def billed_ms(duration_ms: int, cycle_ms: int) -> int:
    """The milliseconds that are paid for: at least one whole cycle.

    Capacity is only offered again at the next clearing; otherwise a burst of a tenth of a
    second could hold the machine for next to nothing.
    """
    return max(duration_ms, cycle_ms)


def cost(rates: Sequence[int], billed: int, prices: Sequence[int]) -> int:
    """s = billed · Σ p·w in micro-credits, rounded up once.

    ``rates`` in milli-units, ``billed`` in milliseconds, ``prices`` in pico-credits per
    unit·second.
    """
    product = billed * sum(price * rate for price, rate in zip(prices, rates, strict=True))
    return -(-product // PER_MICRO_CREDIT)


def posted_cost(bundle: Bundle, prices: Sequence[int], parameters: EconomicParameters) -> int:
    """s of ``bundle`` at ``prices``, in micro-credits."""
    billed = billed_ms(bundle.duration_ms, parameters.cycle_ms)
    return cost(parameters.rates(bundle), billed, prices)


def reserve(bundle: Bundle, parameters: EconomicParameters) -> int:
    """The least a window for ``bundle`` may cost, in micro-credits.

    The window fee plus the bundle at *minimum* prices: a reserve on posted prices would let
    bids that cannot fit push rivals out.
    """
    return parameters.window_fee + posted_cost(bundle, parameters.least_prices, parameters)


@frozen(slots=True)
class Quote:
    """What a bundle costs now: micro-credits, and the milliseconds that are billed.

    ``posted_cost`` is s at the posted prices, without the window fee; ``reserve`` is the
    least amount that a bid for it may offer.
    """

    posted_cost: int
    reserve: int
    billed_ms: int


def quote(bundle: Bundle, prices: Sequence[int], parameters: EconomicParameters) -> Quote:
    """The price of ``bundle`` before bidding for it."""
    return Quote(
        posted_cost(bundle, prices, parameters),
        reserve(bundle, parameters),
        billed_ms(bundle.duration_ms, parameters.cycle_ms),
    )
