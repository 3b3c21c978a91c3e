"""The clearing engine in columns: the winners and payments of the reference, only sooner."""

from typing import Final

import numpy as np
from attrs import evolve, frozen

from syntropism.adapters.clearing import column_prices
from syntropism.adapters.clearing.column_order import order
from syntropism.adapters.clearing.column_payments import critical
from syntropism.adapters.clearing.column_walk import accepted
from syntropism.adapters.clearing.columns import Column, Columns, DoesNotFit, Indices
from syntropism.application.ports.clearing_engine import ClearingEngine
from syntropism.domain.market.candidates import Allocation, Instance, ShadowPrices, Weight
from syntropism.domain.market.duality import shadow_weight
from syntropism.domain.market.local_search import improved
from syntropism.domain.market.presets import Preset
from syntropism.domain.market.ranking import density_weight, total_weight
from syntropism.domain.market.solving import Solution

COLUMNS_MIN: Final = 500
"""Below so many candidates the reference is as fast."""

_SHADOW: Final = ("dual_greedy", "auto")


@frozen(slots=True, eq=False)
class ColumnSolution:
    """``winners`` are indices in the order of acceptance; ``payments`` are theirs."""

    winners: Indices
    payments: Column
    ranking: Indices


def clear_columns(
    columns: Columns, clearing: str = "posted_density", payment: str = "critical"
) -> ColumnSolution:
    """Clear bids that are columns already, by one of the strategies that walk down a ranking.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    costs = _costs(columns, clearing, None)
    return _cleared(columns, costs, payment)


class NumpyEngine:
    """``posted_density``, ``amount``, ``dual_greedy`` and large ``auto`` in columns; ``others``
    clears what is small, what is too large for 64 bits, and every other strategy."""

    def __init__(self, others: ClearingEngine, columns_min: int = COLUMNS_MIN) -> None:
        self._others = others
        self._columns_min = columns_min

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """See the port."""
        known = rules.clearing in ("posted_density", "amount", *_SHADOW)
        small = rules.clearing == "auto" and len(instance.candidates) <= COLUMNS_MIN
        if not known or small or len(instance.candidates) < max(1, self._columns_min):
            return self._others.solve(instance, rules)
        if rules.clearing in _SHADOW and rules.payment != "pay_as_bid":
            return self._others.solve(instance, rules)
        try:
            return self._solved(instance, rules)
        except DoesNotFit:
            return self._others.solve(instance, rules)

    def _solved(self, instance: Instance, rules: Preset) -> Solution:
        columns = Columns.of(instance)
        prices = column_prices.search(columns) if rules.clearing in _SHADOW else None
        found = _cleared(columns, _costs(columns, rules.clearing, prices), rules.payment)
        candidates = instance.candidates
        winners = tuple(candidates[i] for i in found.winners.tolist())
        used = columns.rates[:, found.winners].sum(axis=1)
        allocation = Allocation(
            winners,
            tuple(int(one) for one in columns.free - used),
            tuple(candidates[i] for i in found.ranking.tolist()),
            _weight(instance, rules.clearing, prices),
            shadow_prices=prices,
        )
        if rules.clearing == "auto":
            allocation = improved(instance, evolve(allocation))
            return Solution(allocation, rules.payment_rule(instance, allocation))
        return Solution(allocation, tuple(found.payments.tolist()))


def _cleared(columns: Columns, costs: Column, payment: str) -> ColumnSolution:
    ranking = order(columns, costs)
    rates = np.take(columns.rates, ranking, axis=1)
    taken = accepted(rates, columns.free)
    winners = ranking[taken]
    if payment == "critical":
        payments = critical(columns, costs, ranking, taken, rates)
        return ColumnSolution(winners, payments, ranking)
    return ColumnSolution(winners, columns.amounts[winners], ranking)


def _costs(columns: Columns, clearing: str, prices: ShadowPrices | None) -> Column:
    if prices is not None:
        return column_prices.shadow_costs(columns, prices)
    return columns.costs if clearing == "posted_density" else np.ones(columns.count, np.int64)


def _weight(instance: Instance, clearing: str, prices: ShadowPrices | None) -> Weight:
    if prices is not None:
        return shadow_weight(prices, instance.free)
    return density_weight if clearing == "posted_density" else total_weight
