"""Clearing strategies: who wins. Each is one pure function, registered by name."""

from collections.abc import Callable, Mapping
from operator import sub
from types import MappingProxyType
from typing import Final

from syntropism.domain.market.candidates import Allocation, Candidate, Instance, Weight
from syntropism.domain.market.ranking import density_weight, rank, total_weight

ClearingStrategy = Callable[[Instance], Allocation]


def posted_density(instance: Instance) -> Allocation:
    """Walk down the aged density b·(1 + α·age)/s; take what fits, skip what does not.

    Prices, and so s, are fixed before the cycle: with ``critical`` payments no misreport gains.
    O(n log n + n·m).
    """
    return _walk(instance, density_weight)


def amount(instance: Instance) -> Allocation:
    """Walk down the (aged) total amount: the historical rule, for comparison."""
    return _walk(instance, total_weight)


def _walk(instance: Instance, weight: Weight) -> Allocation:
    ranking = rank(instance.candidates, weight, instance.ageing_permille)
    left = instance.free
    winners: list[Candidate] = []
    for candidate in ranking:
        for need, available in zip(candidate.rates, left, strict=True):
            if need > available:
                break
        else:
            winners.append(candidate)
            left = tuple(map(sub, left, candidate.rates))
    return Allocation(tuple(winners), left, ranking, weight)


STRATEGIES: Final[Mapping[str, ClearingStrategy]] = MappingProxyType(
    {"posted_density": posted_density, "amount": amount}
)
