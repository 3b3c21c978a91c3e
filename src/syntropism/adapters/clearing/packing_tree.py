"""Branch and bound over cliques, many nodes at a time, in whole numbers.

A node is who has been taken and who still may join. It branches over one clique: one of its
members joins, or none of them ever will (CASS: Fujishima, Leyton-Brown and Shoham, 1999). Its
bound is what was taken plus the prices of all cliques, each lowered as far as those who still may
join allow, one clique after another (dual ascent); who then costs more than is left to gain drops
out. Nodes are kept by depth, and the best few of each depth branch in turn, so that every round is
a beam from the root to the leaves and none is ever given up (cyclic best-first search: Morrison,
Sauppe, Zhang, Jacobson and Sewell, 2017).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.adapters.clearing.clique_prices import CliquePrices
from syntropism.adapters.clearing.columns import Indices
from syntropism.adapters.clearing.programme import Floats, Mask

_WIDTH: Final = (8, 64)
_WIDTH_WORK: Final = 32_000
_CHUNK: Final = 256
_BYTES_MAX: Final = 200_000_000
_BYTES_BESIDE: Final = 24

Bits = NDArray[np.uint8]


@frozen(slots=True, eq=False)
class _Nodes:
    """Some nodes: a row of ``joining`` and of ``taken`` has a bit per candidate."""

    bounds: Floats
    worths: Floats
    branch: Indices
    joining: Bits
    taken: Bits

    def some(self, which: Indices | Mask) -> "_Nodes":
        return _Nodes(
            self.bounds[which],
            self.worths[which],
            self.branch[which],
            self.joining[which],
            self.taken[which],
        )

    @staticmethod
    def together(parts: "list[_Nodes]") -> "_Nodes":
        return _Nodes(
            np.concatenate([one.bounds for one in parts]),
            np.concatenate([one.worths for one in parts]),
            np.concatenate([one.branch for one in parts]),
            np.concatenate([one.joining for one in parts]),
            np.concatenate([one.taken for one in parts]),
        )


class PackingTree:
    """Maximise ``amounts``, whole numbers, over candidates of whom none excludes another."""

    def __init__(self, amounts: Floats, conflicts: Mask, priced: CliquePrices) -> None:
        self._amounts, self._count = amounts, len(amounts)
        self._compatible = ~conflicts
        np.fill_diagonal(self._compatible, False)
        self._cliques, self._prices = priced.cliques, priced.prices
        self._members = np.zeros((len(self._cliques), self._count), bool)
        for place, clique in enumerate(self._cliques):
            self._members[place, clique] = True
        self._surplus = -amounts
        for clique, price in zip(self._cliques, self._prices.tolist(), strict=True):
            self._surplus[clique] += price
        assert self._surplus.min(initial=0) >= 0, "somebody is not paid for"
        least, most = _WIDTH
        self._width = max(least, min(most, _WIDTH_WORK // self._count))
        self._nodes_max = _BYTES_MAX // (self._count // 4 + _BYTES_BESIDE)
        self.best = np.zeros(self._count, bool)
        self.worth = 0.0
        self._given_up = 0.0
        self._round_worth = -1.0
        self.latest = self.best
        """The best that the last round came upon, however good."""
        root = np.ones((self._count, 1), bool)
        nothing = np.zeros((1, -(-self._count // 8)), np.uint8)
        self._levels = [self._bounded(root, np.zeros(1), nothing)]

    @property
    def bound(self) -> int:
        """What nothing is worth more than, as far as the search has come."""
        hopes = [float(level.bounds.max(initial=0)) for level in self._levels]
        return int(max(self.worth, self._given_up, *hopes))

    @property
    def proven(self) -> bool:
        """Whether ``best`` is."""
        return self.bound <= self.worth

    def learn(self, chosen: Mask, worth: float) -> None:
        """Somebody else found what is ``worth`` so much: ``chosen``, as far as it is here."""
        if worth > self.worth:
            self.worth, self.best = worth, chosen.copy()

    def run(self, over: Callable[[], bool]) -> None:
        """Rounds until the best is proven, or ``over``, asked after every few nodes."""
        while not self.proven:
            depth, self._round_worth = 0, -1.0
            while depth < len(self._levels):
                batch = self._next(depth)
                if len(batch.bounds):
                    if depth + 1 == len(self._levels):
                        self._levels.append(batch.some(np.zeros(0, np.int64)))
                    below = [self._levels[depth + 1], *self._children(batch)]
                    self._levels[depth + 1] = _Nodes.together(below)
                    if over():
                        return
                depth += 1
            self._forget()

    def _next(self, depth: int) -> _Nodes:
        """Takes the best nodes of a level away."""
        level = self._levels[depth]
        order = np.argsort(-level.bounds, kind="stable")
        order = order[level.bounds[order] > self.worth]
        self._levels[depth] = level.some(order[self._width :])
        return level.some(order[: self._width])

    def _children(self, nodes: _Nodes) -> list[_Nodes]:
        count = self._count
        joining = np.unpackbits(nodes.joining, axis=1, count=count).astype(bool)
        branching = self._members[nodes.branch]
        parents, joined = np.nonzero(joining & branching)
        worths = nodes.worths[parents] + self._amounts[joined]
        taken = nodes.taken[parents]
        taken[np.arange(len(joined)), joined // 8] |= np.uint8(128) >> (joined % 8).astype(np.uint8)
        if worths.max(initial=-1) > self._round_worth:
            best = int(worths.argmax())
            self._round_worth = float(worths[best])
            self.latest = np.unpackbits(taken[best], count=count).astype(bool)
            self.learn(self.latest, self._round_worth)
        found = []
        for start in range(0, len(joined), _CHUNK):
            some = slice(start, start + _CHUNK)
            left = joining[parents[some]] & self._compatible[joined[some]]
            found.append(self._bounded(left.T, worths[some], taken[some]))
        rest = joining & ~branching
        return [*found, self._bounded(rest.T, nodes.worths, nodes.taken)]

    def _bounded(self, joining: Mask, worths: Floats, taken: Bits) -> _Nodes:
        """Nodes with bounds, those without hope left out; ``joining`` has a column per node."""
        prices = np.repeat(self._prices[:, None], joining.shape[1], axis=1)
        surplus = np.where(joining, self._surplus[:, None], np.inf)
        for place, clique in enumerate(self._cliques):
            among = surplus[clique]
            lowered = np.minimum(among.min(axis=0), prices[place])
            prices[place] -= lowered
            among -= lowered
            surplus[clique] = among
        bounds = worths + prices.sum(axis=0)
        hopeful = np.flatnonzero(bounds > self.worth)
        bounds, prices = bounds[hopeful], prices[:, hopeful]
        left = surplus[:, hopeful] < bounds - self.worth
        # The clique whose members are worth most to decide about, each.
        numbers = np.array([left[clique].sum(axis=0) for clique in self._cliques])
        branch = (prices / np.maximum(numbers, 1)).argmax(axis=0)
        packed = np.packbits(left, axis=0).T.copy()
        return _Nodes(bounds, worths[hopeful], branch, packed, taken[hopeful])

    def _forget(self) -> None:
        """Where there are too many nodes to keep, the least hopeful are given up, and said so."""
        while sum(len(level.bounds) for level in self._levels) > self._nodes_max:
            fullest = max(range(len(self._levels)), key=lambda i: len(self._levels[i].bounds))
            level = self._levels[fullest]
            order = np.argsort(-level.bounds, kind="stable")
            kept = len(order) // 2
            self._given_up = max(self._given_up, float(level.bounds[order[kept]]))
            self._levels[fullest] = level.some(order[:kept])
