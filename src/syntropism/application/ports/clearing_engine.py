"""The clearing engine: whatever decides who wins one instance and what the winners pay."""

from collections.abc import Sequence
from typing import Protocol

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market import auction
from syntropism.domain.market.book import Book
from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.presets import Preset
from syntropism.domain.market.resources import Rates
from syntropism.domain.market.rounds import RoundResult
from syntropism.domain.market.solving import Solution, solve


class ClearingEngine(Protocol):
    """Solves instances. Engines differ in speed, never in the winners and payments of a
    strategy that has one answer; where a strategy seeks the best within limits, ``remark`` of
    the allocation says which limit was met. They compute, and have nothing to fail at."""

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """Who wins ``instance`` by ``rules``, and what they pay.

        Raises:
            Invalid: the payment rule does not go with the clearing strategy.
        """
        ...

    def clear_round(
        self,
        book: Book,
        free: Rates,
        prices: Sequence[int],
        parameters: EconomicParameters,
        held: Rates,
    ) -> RoundResult:
        """One whole round, as ``clear_round`` of the domain tells it with this engine.

        Raises:
            Invalid: ``parameters.preset`` is unknown.
        """
        ...


class ReferenceEngine:
    """The exact integer reference of the domain."""

    def clear_round(
        self,
        book: Book,
        free: Rates,
        prices: Sequence[int],
        parameters: EconomicParameters,
        held: Rates,
    ) -> RoundResult:
        """See the port."""
        return auction.clear_round(book, free, prices, parameters, held, self.solve)

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """See the port."""
        return solve(instance, rules)
