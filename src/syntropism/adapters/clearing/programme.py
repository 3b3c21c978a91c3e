"""One instance as arrays, for searches whose finds are checked in integers afterwards."""

from collections.abc import Sequence
from operator import sub

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.adapters.clearing.column_walk import accepted
from syntropism.adapters.clearing.columns import Indices
from syntropism.domain.market.candidates import Allocation, Candidate, Instance, ShadowPrices
from syntropism.domain.market.duality import SHARE_BITS
from syntropism.domain.market.resources import fits

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@frozen(slots=True, eq=False)
class Programme:
    """Choose among ``candidates``, each of which fits ``capacity``, the most valuable ones that
    fit it together. ``rates`` has a row per candidate; ``whole`` are the same as exact integers,
    unless some are beyond 64 bits."""

    candidates: Sequence[Candidate]
    capacity: tuple[int, ...]
    amounts: Floats
    rates: Floats
    free: Floats
    whole: NDArray[np.int64] | None

    @classmethod
    def of(cls, instance: Instance) -> "Programme":
        """The candidates of ``instance`` that fit it, in the order of their submission."""
        ordered = sorted(instance.candidates, key=lambda one: (one.sequence, one.id))
        width = len(instance.free)
        whole: NDArray[np.int64] | None
        try:
            whole = np.array([one.rates for one in ordered], np.int64).reshape(len(ordered), width)
            able = (whole <= np.array(instance.free, np.int64)).all(axis=1)
            candidates = [ordered[i] for i in np.flatnonzero(able)]
            whole = whole[able]
        except OverflowError:
            candidates = [one for one in ordered if fits(one.rates, instance.free)]
            whole = None
        rates = (
            np.array([list(map(float, one.rates)) for one in candidates], np.float64)
            if whole is None
            else whole.astype(np.float64)
        )
        return cls(
            candidates,
            instance.free,
            np.array([float(one.amount) for one in candidates], np.float64),
            rates.reshape(len(candidates), width),
            np.array([float(one) for one in instance.free], np.float64),
            whole,
        )

    @property
    def count(self) -> int:
        """How many candidates there are."""
        return len(self.candidates)

    def unit_prices(self, prices: ShadowPrices) -> Floats:
        """What ``prices`` say one unit of each resource is worth, in micro-credits."""
        worth = np.array([float(one) for one in prices.values]) * prices.unit / (1 << SHARE_BITS)
        return np.asarray(worth / np.maximum(self.free, 1.0))

    def densities(self, prices: ShadowPrices) -> Floats:
        """What each candidate offers for what it costs at ``prices``."""
        costs = self.rates @ self.unit_prices(prices)
        return np.asarray(self.amounts / np.maximum(costs, 1e-12 * max(1.0, costs.max(initial=0))))

    def greedy(self, densities: Floats) -> Mask:
        """Walk down ``densities`` and take what fits."""
        ranking = np.argsort(-densities, kind="stable")
        taken = np.zeros(self.count, bool)
        taken[ranking[accepted(self.rates[ranking].T, self.free)]] = True  # type: ignore[arg-type]
        return taken

    def allocation(self, chosen: Mask, densities: Floats) -> Allocation:
        """Those ``chosen`` as far as they really fit, filled up by whoever fits beside them."""
        ranking = np.argsort(-densities, kind="stable")
        left, winners = self._joined(ranking[chosen[ranking]], self.capacity)
        others = ranking[~chosen[ranking]]
        if self.whole is not None and len(others):
            others = others[(self.whole[others] <= np.array(left, np.int64)).all(axis=1)]
        left, more = self._joined(others, left)
        return Allocation((*winners, *more), left)

    def _joined(
        self, ranking: Indices, left: tuple[int, ...]
    ) -> tuple[tuple[int, ...], list[Candidate]]:
        winners = []
        for i in ranking.tolist():
            one = self.candidates[i]
            if fits(one.rates, left):
                winners.append(one)
                left = tuple(map(sub, left, one.rates))
        return left, winners
