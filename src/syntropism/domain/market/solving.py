"""Solving one instance: who wins and what they pay."""

from collections.abc import Callable

from attrs import frozen

from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.presets import Preset


@frozen(slots=True)
class Solution:
    """Who wins, and the payments in micro-credits in the order of the winners."""

    allocation: Allocation
    payments: tuple[int, ...]


Solver = Callable[[Instance, Preset], Solution]
"""Any way to do what ``solve`` does; a faster one gives the same answers."""


def solve(instance: Instance, rules: Preset) -> Solution:
    """The exact integer reference."""
    allocation = rules.strategy(instance)
    return Solution(allocation, rules.payment_rule(instance, allocation))
