"""The clearing engine: whatever decides who wins one instance and what the winners pay."""

from typing import Protocol

from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.presets import Preset
from syntropism.domain.market.solving import Solution, solve


class ClearingEngine(Protocol):
    """Solves instances. Engines differ in speed, never in the winners and payments of a
    strategy that has one answer; where a strategy seeks the best within limits, ``remark`` of
    the allocation says which limit was met."""

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """Who wins ``instance`` by ``rules``, and what they pay.

        Raises:
            Invalid: the payment rule does not go with the clearing strategy.
        """
        ...


class ReferenceEngine:
    """The exact integer reference of the domain."""

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """See the port."""
        return solve(instance, rules)
