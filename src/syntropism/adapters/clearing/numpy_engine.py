"""The clearing engine in columns: the winners and payments of the reference, only sooner."""

from collections.abc import Sequence
from typing import Final

from syntropism.adapters.clearing import column_prices, column_round
from syntropism.adapters.clearing.column_clearing import ColumnSolution, cleared, fixed_costs
from syntropism.adapters.clearing.column_margin import improved_at_margin
from syntropism.adapters.clearing.columns import Columns, DoesNotFit
from syntropism.application.ports.clearing_engine import ClearingEngine
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import clear_round
from syntropism.domain.market.auto import WHOLE_MAX
from syntropism.domain.market.book import Book
from syntropism.domain.market.candidates import Allocation, Instance, ShadowPrices, Weight
from syntropism.domain.market.clearing import FIXED_RANKINGS
from syntropism.domain.market.duality import shadow_weight
from syntropism.domain.market.presets import Preset, preset
from syntropism.domain.market.ranking import density_weight, total_weight
from syntropism.domain.market.resources import Rates
from syntropism.domain.market.rounds import RoundResult
from syntropism.domain.market.solving import Solution

COLUMNS_MIN: Final = WHOLE_MAX
"""Below so many candidates the reference is as fast."""

_SHADOW: Final = ("dual_greedy", "auto")


def clear_columns(
    columns: Columns, clearing: str = "posted_density", payment: str = "critical"
) -> ColumnSolution:
    """Clear bids that are columns already, by one of the strategies that walk down a ranking.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    return cleared(columns, fixed_costs(columns, clearing), payment)


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

    def clear_round(
        self,
        book: Book,
        free: Rates,
        prices: Sequence[int],
        parameters: EconomicParameters,
        held: Rates,
    ) -> RoundResult:
        """See the port."""
        rules = preset(parameters.preset)
        if rules.clearing in FIXED_RANKINGS and len(book) >= max(1, self._columns_min):
            try:
                return column_round.clear_round(book, free, prices, parameters, held)
            except DoesNotFit:
                return self._others.clear_round(book, free, prices, parameters, held)
        return clear_round(book, free, prices, parameters, held, self.solve)

    def _solved(self, instance: Instance, rules: Preset) -> Solution:
        columns = Columns.of(instance)
        prices = column_prices.search(columns) if rules.clearing in _SHADOW else None
        if prices is None:
            costs = fixed_costs(columns, rules.clearing)
        else:
            costs = column_prices.shadow_costs(columns, prices)
        found = cleared(columns, costs, rules.payment)
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
        if prices is not None and rules.clearing == "auto":
            allocation = improved_at_margin(instance, columns, found, allocation)
            return Solution(allocation, rules.payment_rule(instance, allocation))
        return Solution(allocation, tuple(found.payments.tolist()))


def _weight(instance: Instance, clearing: str, prices: ShadowPrices | None) -> Weight:
    if prices is not None:
        return shadow_weight(prices, instance.free)
    return density_weight if clearing == "posted_density" else total_weight
