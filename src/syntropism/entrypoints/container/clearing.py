"""The engines that clear the market, and the instances they are given."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from syntropism.application.ports.clearing_engine import ClearingEngine, ReferenceEngine
from syntropism.application.ports.instances import InstanceFormat, Problem
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.book import Book
from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.presets import Preset, preset
from syntropism.domain.market.resources import Rates
from syntropism.domain.market.rounds import RoundResult
from syntropism.domain.market.solving import Solution

LARGE: Final = 500
"""From so many bids on, loading NumPy pays."""


def clearing_engine(time_limit_seconds: float = 1.0, *, repeatable: bool = False) -> ClearingEngine:
    """The fastest engine that what is installed allows. A ``repeatable`` one gives the same
    answer on every machine, so it has no time limit, and no HiGHS."""
    engine: ClearingEngine = ReferenceEngine()
    if find_spec("numpy") is not None:
        from syntropism.adapters.clearing.numpy_engine import NumpyEngine  # the extra `market`

        engine = NumpyEngine(engine)
    if not repeatable and find_spec("highspy") is not None:
        from syntropism.adapters.clearing.highs_engine import HighsEngine

        engine = HighsEngine(engine, time_limit_seconds)
    return engine


class FasterWhenItMatters:
    """The engine of an economy: no library is loaded before a clearing gains from it."""

    def __init__(self, *, repeatable: bool) -> None:
        self._repeatable = repeatable
        self._reference = ReferenceEngine()
        self._faster: ClearingEngine | None = None

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        return self._engine(len(instance.candidates), rules).solve(instance, rules)

    def clear_round(
        self,
        book: Book,
        free: Rates,
        prices: Sequence[int],
        parameters: EconomicParameters,
        held: Rates,
    ) -> RoundResult:
        engine = self._engine(len(book), preset(parameters.preset))
        return engine.clear_round(book, free, prices, parameters, held)

    def _engine(self, bids: int, rules: Preset) -> ClearingEngine:
        searching = rules.clearing in ("exact", "auto") and not self._repeatable
        if bids < LARGE and not searching:
            return self._reference
        if self._faster is None:
            self._faster = clearing_engine(repeatable=self._repeatable)
        return self._faster


def instance_formats() -> dict[str, InstanceFormat]:
    """How instance files are read and written, by name."""
    from syntropism.adapters.instances import cats, json_format, orlib

    return {
        name: InstanceFormat(module.read, module.write)
        for name, module in (("json", json_format), ("orlib", orlib), ("cats", cats))
    }


def generate_instance(family: str, bids: int, resources: int, seed: int) -> Problem:
    """An instance of a family, repeatable from its seed."""
    from syntropism.adapters.instances.generating import generate

    return generate(family, bids, resources, seed)
