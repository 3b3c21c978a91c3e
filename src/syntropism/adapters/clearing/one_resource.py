"""The best choice where only one resource is scarce: dynamic programming over a growing core.

States (weight, worth) start from the greedy choice; candidates just below and just above the
break are offered in turn, as in Pisinger's *A minimal algorithm for the 0-1 knapsack problem*
(1997). A state that another dominates, or whose bound is no better than what was reached, is
dropped; when none is left, the best is proven, in 64-bit integers throughout.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.adapters.clearing.columns import PRODUCT_BITS

_STATES_MAX: Final = 400_000
_HISTORY_MAX: Final = 30_000_000

Whole = NDArray[np.int64]


@frozen(slots=True)
class _Step:
    """Where each state of one step came from, and whether it changed ``place``."""

    place: int
    parents: NDArray[np.int32]
    changed: NDArray[np.bool_]


def solve(
    amounts: Sequence[int], weights: Sequence[int], free: int, over: Callable[[], bool]
) -> tuple[list[int], bool] | None:
    """Indices of the best choice seen, and whether it is proven best. ``None`` if the numbers
    are too large. ``weights`` are at most ``free``."""
    gratis = [i for i, weight in enumerate(weights) if not weight]
    shift = 2 * max(free, 1).bit_length()
    ranking = sorted(
        (i for i, weight in enumerate(weights) if weight and amounts[i]),
        key=lambda i: (-((amounts[i] << shift) // weights[i]), weights[i], i),
    )
    bits = max(amounts, default=0).bit_length() + sum(weights).bit_length()
    if max(bits, sum(amounts).bit_length()) > PRODUCT_BITS:
        return None
    left, end = free, 0
    while end < len(ranking) and weights[ranking[end]] <= left:
        left -= weights[ranking[end]]
        end += 1
    search = _Search([amounts[i] for i in ranking], [weights[i] for i in ranking], free, end)
    proven = search.run(over)
    return gratis + [ranking[i] for i in search.chosen()], proven


class _Search:
    """``end`` is the first place, by falling density, that the greedy choice has no room for."""

    def __init__(self, amounts: list[int], weights: list[int], free: int, end: int) -> None:
        self._amounts, self._weights, self._free, self._end = amounts, weights, free, end
        self._best = sum(amounts[:end])
        self._steps: list[_Step] = []
        self._found: tuple[int, int] | None = None
        """How many steps led to the best, and which state it came from."""

    def run(self, over: Callable[[], bool]) -> bool:
        """Whether it came to an end, so that the best is proven."""
        weights = np.array([sum(self._weights[: self._end])], np.int64)
        worths = np.array([self._best], np.int64)
        below, above, kept = self._end - 1, self._end, 0
        while len(weights):
            if below < 0 and above >= len(self._amounts):
                return True
            if len(weights) > _STATES_MAX or kept > _HISTORY_MAX or over():
                return False
            # Those below the break leave, those from it on join, in turn.
            joins = above < len(self._amounts) and (above - self._end < self._end - below)
            if joins or below < 0:
                place, sign, above = above, 1, above + 1
            else:
                place, sign, below = below, -1, below - 1
            weights, worths = self._step(place, sign, weights, worths, below, above)
            kept += len(weights)
        return True

    def chosen(self) -> list[int]:
        """The places of the best choice."""
        taken = set(range(self._end))
        if self._found is not None:
            count, state = self._found
            taken ^= {self._steps[count - 1].place}
            for step in reversed(self._steps[: count - 1]):
                if step.changed[state]:
                    taken ^= {step.place}
                state = int(step.parents[state])
        return sorted(taken)

    def _step(
        self, place: int, sign: int, weights: Whole, worths: Whole, below: int, above: int
    ) -> tuple[Whole, Whole]:
        """Every state without and with the change of ``place``, less what is dominated or
        cannot lead to more than the best."""
        count = len(weights)
        weights = np.concatenate((weights, weights + sign * self._weights[place]))
        worths = np.concatenate((worths, worths + sign * self._amounts[place]))
        order = np.lexsort((-worths, weights))
        ahead = np.ones(len(order), bool)
        ahead[1:] = worths[order][1:] > np.maximum.accumulate(worths[order])[:-1]
        order = order[ahead]
        weights, worths = weights[order], worths[order]
        fitting = weights <= self._free
        last = int(fitting.sum()) - 1  # worth rises with weight
        if last >= 0 and worths[last] > self._best:
            self._best = int(worths[last])
            self._found = len(self._steps) + 1, int(order[last]) % count
        left = self._free - weights
        hope = worths.copy()
        if above < len(self._amounts):
            hope[fitting] += left[fitting] * self._amounts[above] // self._weights[above]
        if below >= 0:  # what takes too much loses at least so much: rounded away from zero
            hope[~fitting] += left[~fitting] * self._amounts[below] // self._weights[below]
        alive = hope > self._best
        if below < 0:
            alive &= fitting
        order = order[alive]
        self._steps.append(_Step(place, (order % count).astype(np.int32), order >= count))
        return weights[alive], worths[alive]
