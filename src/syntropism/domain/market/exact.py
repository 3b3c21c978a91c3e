"""The clearing strategy ``exact``: branch and bound in integers, for small markets."""

from operator import sub
from typing import Final

from attrs import evolve

from syntropism.domain.market.candidates import Allocation, Candidate, Instance
from syntropism.domain.market.dual_greedy import dual_greedy
from syntropism.domain.market.duality import SHARE_BITS, shadow_weight, unit_prices
from syntropism.domain.market.local_search import improved
from syntropism.domain.market.ranking import rank
from syntropism.domain.market.resources import fits

NODES_MAX: Final = 50_000
"""How many partial allocations are looked at before it gives up proving."""


def exact(instance: Instance, nodes_max: int = NODES_MAX) -> Allocation:
    """The most valuable allocation; or, when the node limit comes first, the best one seen,
    which is never worse than ``dual_greedy`` after local search. ``remark`` then says so.

    Depth first over the candidates by falling density at the shadow prices λ; what the rest of
    a branch can still add is at most λ·left + Σ max(0, b − λ·a), by weak duality.
    """
    return exact_from(instance, improved(instance, dual_greedy(instance)), nodes_max)


def exact_from(instance: Instance, start: Allocation, nodes_max: int) -> Allocation:
    """The same from any ``start`` and by any shadow prices, which only make it slower."""
    assert start.shadow_prices is not None
    weight = shadow_weight(start.shadow_prices, instance.free)
    ranking = [
        one for one in rank(instance.candidates, weight, 0) if fits(one.rates, instance.free)
    ]
    search = _Search(instance, ranking, start)
    proven = search.run(nodes_max)
    found = search.allocation(instance, start)
    if proven:
        return evolve(found, bound=search.welfare)
    return evolve(found, remark="node limit reached: the best allocation seen, not proven best")


class _Search:
    """One search; ``best`` is what beat the start, as indices into the ranking."""

    def __init__(self, instance: Instance, ranking: list[Candidate], start: Allocation) -> None:
        prices = start.shadow_prices
        assert prices is not None
        self._ranking = ranking
        self._free = instance.free
        self._per_unit = unit_prices(prices, instance.free)
        self._rest = [0] * (len(ranking) + 1)
        for i in range(len(ranking) - 1, -1, -1):
            one = ranking[i]
            gain = (one.amount << 2 * SHARE_BITS) - self._priced(one.rates)
            self._rest[i] = self._rest[i + 1] + max(0, gain)
        self.welfare = start.welfare
        self.best: tuple[int, ...] | None = None

    def _priced(self, rates: tuple[int, ...]) -> int:
        return sum(value * rate for value, rate in zip(self._per_unit, rates, strict=True))

    def run(self, nodes_max: int) -> bool:
        """Whether it came to an end, so that ``welfare`` is proven."""
        stack: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]] = [(0, 0, self._free, ())]
        ranking, nodes = self._ranking, 0
        while stack:
            depth, worth, left, taken = stack.pop()
            nodes += 1
            if nodes > nodes_max:
                return False
            if worth > self.welfare:
                self.welfare, self.best = worth, taken
            if depth == len(ranking):
                continue
            hope = self._rest[depth] + self._priced(left) >> 2 * SHARE_BITS
            if worth + hope <= self.welfare:
                continue
            one = ranking[depth]
            stack.append((depth + 1, worth, left, taken))
            if fits(one.rates, left):
                rest = tuple(map(sub, left, one.rates))
                stack.append((depth + 1, worth + one.amount, rest, (*taken, depth)))
        return True

    def allocation(self, instance: Instance, start: Allocation) -> Allocation:
        """The best that was seen, filled up with whoever fits beside it for nothing."""
        if self.best is None:
            return start
        winners = [self._ranking[i] for i in self.best]
        left = instance.free
        for winner in winners:
            left = tuple(map(sub, left, winner.rates))
        won = {winner.id for winner in winners}
        for one in self._ranking:
            if one.id not in won and fits(one.rates, left):
                winners.append(one)
                left = tuple(map(sub, left, one.rates))
        return evolve(start, winners=tuple(winners), left=left)
