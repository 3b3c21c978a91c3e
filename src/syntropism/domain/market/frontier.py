"""The frontier of a clearing: what it took to get in, in a few lines, for whoever asks later.

The winners in rank order are cut into stretches. Of each is kept the highest weight in it, and
what was left after it. A bundle would have had to come before the first winner after whom there
was no more room for it; so the weight of its stretch is enough.
"""

from collections.abc import Callable, Sequence
from operator import sub
from typing import Final

from syntropism.domain.market.resources import Rates, fits

STRETCHES_MAX: Final = 32
PERMILLE: Final = 1_000

Frontier = tuple[tuple[int, ...], ...]
"""By stretch: aged amount (micro-credits × 1,000), posted cost (micro-credits; 0 where only
amounts were ranked), then what was left of each resource (milli-units)."""


def frontier(
    free: Rates, taken: Sequence[Rates], weight: Callable[[int], tuple[int, int]]
) -> Frontier:
    """The frontier of winners that took ``taken`` of ``free``, in rank order; ``weight`` gives
    the aged amount and the posted cost of one by its place."""
    stride = -(-len(taken) // STRETCHES_MAX) or 1
    steps = []
    left = free
    for start in range(0, len(taken), stride):
        for rates in taken[start : start + stride]:
            left = tuple(map(sub, left, rates))
        steps.append((*weight(start), *left))
    return tuple(steps)


def amount_needed(
    found: Frontier, free: Rates, rates: Rates, cost: int, reserve: int
) -> int | None:
    """An amount (micro-credits) with which a new bid for ``rates``, whose posted cost was
    ``cost``, would have won; the least one where no stretch has more than one winner. ``None``:
    there was no room for it at all."""
    if not fits(rates, free):
        return None
    for aged, posted, *left in found:
        if not fits(rates, tuple(left)):
            scale = cost if posted else 1
            return max(reserve, aged * scale // ((posted or 1) * PERMILLE) + 1)
    return reserve
