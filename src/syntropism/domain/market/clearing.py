"""Clearing strategies: who wins. Each is one pure function, registered by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from syntropism.domain.market.auto import auto
from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.dual_greedy import dual_greedy
from syntropism.domain.market.exact import exact
from syntropism.domain.market.ranking import density_weight, total_weight
from syntropism.domain.market.walking import walk

ClearingStrategy = Callable[[Instance], Allocation]


def posted_density(instance: Instance) -> Allocation:
    """Walk down the aged density b·(1 + α·age)/s; take what fits, skip what does not.

    Prices, and so s, are fixed before the cycle: with ``critical`` payments no misreport gains.
    O(n log n + n·m).
    """
    return walk(instance, density_weight)


def amount(instance: Instance) -> Allocation:
    """Walk down the (aged) total amount: the historical rule, for comparison."""
    return walk(instance, total_weight)


STRATEGIES: Final[Mapping[str, ClearingStrategy]] = MappingProxyType(
    {
        "posted_density": posted_density,
        "amount": amount,
        "dual_greedy": dual_greedy,
        "exact": exact,
        "auto": auto,
    }
)

FIXED_RANKINGS: Final = frozenset({"posted_density", "amount"})
"""The strategies whose ranking of a bid does not depend on other bids: monotone, with a
threshold for each winner."""
