"""Payment rules: what each winner pays. Each is one pure function, registered by name."""

from collections.abc import Callable, Mapping
from operator import sub
from types import MappingProxyType
from typing import Final

from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Allocation, Candidate, Instance
from syntropism.domain.market.leftmost import LeftmostWithin
from syntropism.domain.market.ranking import smallest_amount_beating

PaymentRule = Callable[[Instance, Allocation], tuple[int, ...]]
"""The payments in micro-credits, in the order of the winners."""


def pay_as_bid(instance: Instance, allocation: Allocation) -> tuple[int, ...]:  # noqa: ARG001 - a PaymentRule
    """Each winner pays its own amount."""
    return tuple(winner.amount for winner in allocation.winners)


def critical(instance: Instance, allocation: Allocation) -> tuple[int, ...]:
    """Each winner j pays the least amount with which it would still have won.

    Without j the walk is the same up to the first rejected bid i that fits once w_j is free
    again: w_i ≤ left_i + w_j. Taking it leaves left_i + w_j − w_i, which has no room for j, as
    w_i exceeded left_i somewhere. So j must rank before exactly that bid: it pays the least
    amount that does so, or its reserve if that is more or there is no such bid.

    Raises:
        Invalid: the clearing strategy did not walk down a ranking.
    """
    weight = allocation.weight
    if weight is None:
        raise Invalid("critical payments need a clearing that walks down a ranking", field="preset")
    rejected, missing, passed = _rejections(instance, allocation)
    blockers = LeftmostWithin(missing)
    payments: list[int] = []
    for winner, start in zip(allocation.winners, passed, strict=True):
        blocker = blockers.search(start, winner.rates)
        payments.append(
            winner.reserve
            if blocker is None
            else max(
                winner.reserve,
                smallest_amount_beating(
                    rejected[blocker], winner, weight, instance.ageing_permille
                ),
            )
        )
    return tuple(payments)


def _rejections(
    instance: Instance, allocation: Allocation
) -> tuple[list[Candidate], list[tuple[int, ...]], list[int]]:
    """The rejected in rank order; what each one lacked at its turn, by resource; and, for each
    winner, how many had been rejected before it."""
    rejected: list[Candidate] = []
    missing: list[tuple[int, ...]] = []
    passed: list[int] = []
    left = instance.free
    for candidate in allocation.ranking:
        won = len(passed)
        if won < len(allocation.winners) and candidate.id == allocation.winners[won].id:
            passed.append(len(rejected))
            left = tuple(map(sub, left, candidate.rates))
        else:
            rejected.append(candidate)
            missing.append(
                tuple(
                    need - available if need > available else 0
                    for need, available in zip(candidate.rates, left, strict=True)
                )
            )
    return rejected, missing, passed


PAYMENT_RULES: Final[Mapping[str, PaymentRule]] = MappingProxyType(
    {"critical": critical, "pay_as_bid": pay_as_bid}
)
