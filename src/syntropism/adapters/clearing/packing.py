"""The best choice among candidates that exclude each other: a tabu search finds, a tree over
cliques proves, in turns, and each goes on from what the other found.
"""

from collections.abc import Callable
from math import floor, isfinite
from typing import Final

import numpy as np
from attrs import evolve, frozen

from syntropism.adapters.clearing.clique_prices import CliquePrices, clique_prices
from syntropism.adapters.clearing.exclusion import cliques, excluded
from syntropism.adapters.clearing.highs_model import HighsModel
from syntropism.adapters.clearing.packing_tabu import PackingTabu
from syntropism.adapters.clearing.packing_tree import PackingTree
from syntropism.adapters.clearing.programme import Floats, Mask, Programme

_WHOLE_BITS: Final = 52
"""Sums below this many bits are exact in floats."""

_RELAXING: Final = 0.2
_FIRST: Final = 0.08
_TABU: Final = 0.06
_TREE: Final = 0.06
"""Parts of the time: for prices, for the first search alone, and for every later turn of each."""
_MANY: Final = 300
_FAR: Final = 0.05
_TABU_FAR: Final = 0.6
"""Among more candidates than the tree can sort out, and while more than this part of the worth is
open, the search has the better use for the time."""
_FIRST_SECONDS: Final = 0.0005
"""But the first search takes no longer than this per candidate."""

_ALONE: Final = 0.4
_NEAR: Final = 0.02
"""Where after this part of the time so little is open, HiGHS closes it faster than the tree."""

_PROOF: Final = 1e-7
"""The margin of what HiGHS says about a bound: see ADR 0012."""

_SHRUNK: Final = 0.6
"""The tree is made anew when so few of its candidates still matter."""


@frozen(slots=True, eq=False)
class Packed:
    """``bound`` in micro-credits, proven in whole numbers, or by HiGHS with a margin."""

    chosen: Mask
    bound: int


def solve(programme: Programme, seconds_left: Callable[[], float]) -> Packed | None:
    """What is found and proven in time; ``None`` where this is another kind of programme."""
    conflicts = excluded(programme)
    if conflicts is None:
        return None
    total = sum(one.amount for one in programme.candidates)
    shift = max(0, total.bit_length() - _WHOLE_BITS)
    amounts = np.array([float(-(-one.amount >> shift)) for one in programme.candidates])
    whole = seconds_left()
    priced = clique_prices(
        amounts,
        cliques(programme, conflicts),
        conflicts,
        lambda: seconds_left() - (1 - _RELAXING) * whole,
    )
    search = _Search(amounts, conflicts, priced)
    search.run(lambda: seconds_left() - (1 - _ALONE) * whole, whole)
    if 0 < search.bound - search.worth <= _NEAR * search.worth:
        search.ask_highs(programme, seconds_left(), 1 << shift)
    search.run(seconds_left, whole)
    return Packed(search.best, search.bound << shift)


class _Search:
    def __init__(self, amounts: Floats, conflicts: Mask, priced: CliquePrices) -> None:
        self._amounts, self._conflicts, self._priced = amounts, conflicts, priced
        self._tabu = PackingTabu(amounts, conflicts, priced.fractions)
        self._surplus = -amounts
        for clique, price in zip(priced.cliques, priced.prices.tolist(), strict=True):
            self._surplus[clique] += price
        self._root = int(priced.prices.sum())
        self._proven = self._root
        self._tree: PackingTree | None = None
        self._among = np.arange(len(amounts))

    @property
    def best(self) -> Mask:
        return self._tabu.best

    @property
    def worth(self) -> float:
        return self._tabu.worth

    @property
    def bound(self) -> int:
        return max(int(self._tabu.worth), self._proven)

    def run(self, seconds_left: Callable[[], float], whole: float) -> None:
        """Turns until the best is proven or there is no time left."""

        def until(part: float) -> Callable[[], bool]:
            end = max(0.0, seconds_left() - part * whole)
            return lambda: seconds_left() <= end

        first = _FIRST_SECONDS * len(self._amounts) / max(whole, 1e-9)
        self._tabu.run(until(min(_FIRST, first)))
        while self.bound > self._tabu.worth and seconds_left() > 0:
            tree = self._shrunk()
            tree.run(until(_TREE))
            self._proven = min(self._proven, max(tree.bound, int(self._tabu.worth)))
            # What the last round came upon is elsewhere, which is worth a look.
            own = tree.best if tree.worth > self._tabu.worth else tree.latest
            found = np.zeros(len(self._amounts), bool)
            found[self._among[own]] = True
            self._tabu.learn(found)
            if self.bound > self._tabu.worth:
                far = self.bound - self._tabu.worth > _FAR * self._tabu.worth
                hopeless = far and len(self._among) > _MANY
                self._tabu.run(until(_TABU_FAR if hopeless else _TABU))

    def ask_highs(self, programme: Programme, seconds: float, unit: int) -> None:
        """The integer programme over those who still matter. ``unit`` is in micro-credits."""
        among = np.flatnonzero(self._surplus < self._root - self.worth)
        part = evolve(
            programme,
            candidates=[programme.candidates[i] for i in among.tolist()],
            amounts=programme.amounts[among],
            rates=programme.rates[among],
            whole=None,
        )
        chosen, bound, _ = HighsModel(part).winners(self.best[among], seconds)
        if not self._conflicts[np.ix_(among[chosen], among[chosen])].any():
            found = np.zeros(len(self._amounts), bool)
            found[among[chosen]] = True
            self._tabu.learn(found)
        if isfinite(bound):
            # Sums of amounts that were rounded up to the unit exceed these by that much.
            rounding = len(among) if unit > 1 else 0
            claimed = floor(bound * (1 + _PROOF) / unit) + rounding
            self._proven = min(self._proven, max(claimed, int(self.worth)))

    def _shrunk(self) -> PackingTree:
        """The tree over those with whom more may be reached than has been."""
        among = np.flatnonzero(self._surplus < self._root - self._tabu.worth)
        tree = self._tree
        if tree is None or len(among) < _SHRUNK * len(self._among):
            tree = self._tree = PackingTree(
                self._amounts[among],
                self._conflicts[np.ix_(among, among)],
                self._priced.among(among),
            )
            self._among = among
        tree.learn(self._tabu.best[self._among], self._tabu.worth)
        return tree
