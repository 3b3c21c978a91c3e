"""The clearing engine for ``exact`` and ``auto``: searches under a time limit, an honest gap."""

from collections.abc import Callable, Sequence
from math import floor, gcd, isfinite
from threading import Thread
from time import perf_counter
from typing import Final

import numpy as np
from attrs import evolve, frozen

from syntropism.adapters.clearing import column_prices, one_resource, packing, two_halves
from syntropism.adapters.clearing.columns import Columns, DoesNotFit
from syntropism.adapters.clearing.highs_model import HighsModel
from syntropism.adapters.clearing.programme import Floats, Mask, Programme
from syntropism.adapters.clearing.tabu_search import TabuSearch
from syntropism.application.ports.clearing_engine import ClearingEngine
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import clear_round
from syntropism.domain.market.book import Book
from syntropism.domain.market.candidates import Allocation, Instance, ShadowPrices
from syntropism.domain.market.exact import exact
from syntropism.domain.market.presets import PRESETS, Preset, preset
from syntropism.domain.market.resources import Rates
from syntropism.domain.market.rounds import RoundResult
from syntropism.domain.market.solving import Solution

_OURS: Final = ("exact", "auto")

TIME_LIMIT_SECONDS: Final = 1.0

_ENUMERATED_MAX: Final = 25
"""Up to so many candidates branch and bound in integers mostly ends at once, and proves more."""

_ENUMERATED_RATES_MAX: Final = 250
"""But not with so many rates that a step is slow."""

_ROWS_MAX: Final = 30
"""Up to so many resources shadow prices are searched for beside those of the relaxation."""

_NODES_MAX: Final = 4_000

_PROGRAMME_MAX: Final = 30_000
"""Up to so many non-zero rates ``auto`` tries the integer programme; above, ``dual_greedy`` comes
as near to the bound, and sooner."""

_HEAD_START: Final = 0.12
_HEAD_START_SECONDS: Final = 0.001
"""The part of the limit, at most so long per candidate, in which the search alone looks for what
HiGHS then starts from."""

_EXACT: Final = 1 << 52
"""Below this, sums of whole numbers are exact in floats."""

_PROOF: Final = 1e-7
"""Relative accuracy of what HiGHS says about a bound: see ADR 0012."""


@frozen(slots=True)
class _Clock:
    """When a clearing must end, in seconds."""

    now: Callable[[], float]
    end: float

    @property
    def left(self) -> float:
        return self.end - self.now()

    def over(self) -> bool:
        return self.left <= 0


class HighsEngine:
    """``exact`` and ``auto`` by HiGHS and a tabu search beside it; what is too large for
    ``auto`` to be solved whole, and every other strategy, by ``others``.

    What a time limit cuts off depends on the machine, so two runs may differ; the winners are
    always feasible and certified.
    """

    def __init__(
        self,
        others: ClearingEngine,
        time_limit_seconds: float = TIME_LIMIT_SECONDS,
        enumerated_max: int = _ENUMERATED_MAX,
        now: Callable[[], float] = perf_counter,
    ) -> None:
        """``now`` is the clock that the limit is measured by, in seconds; HiGHS keeps its own."""
        self._others = others
        self._limit = time_limit_seconds
        self._enumerated_max = enumerated_max
        self._now = now

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """See the port."""
        if rules.clearing not in _OURS:
            return self._others.solve(instance, rules)
        began = self._now()
        if rules.clearing == "auto" and _is_large(instance):
            return self._others.solve(instance, rules)
        allocation = self._allocation(instance, began)
        return Solution(allocation, rules.payment_rule(instance, allocation))

    def clear_round(
        self,
        book: Book,
        free: Rates,
        prices: Sequence[int],
        parameters: EconomicParameters,
        held: Rates,
    ) -> RoundResult:
        """See the port."""
        if preset(parameters.preset).clearing not in _OURS:
            return self._others.clear_round(book, free, prices, parameters, held)
        return clear_round(book, free, prices, parameters, held, self.solve)

    def _allocation(self, instance: Instance, began: float) -> Allocation:
        programme = Programme.of(instance)
        rates = programme.count * len(instance.free)
        if programme.count <= self._enumerated_max and rates <= _ENUMERATED_RATES_MAX:
            found = exact(instance, _NODES_MAX)
            if found.bound is not None:
                return found
        if not programme.amounts.any():
            everyone = np.ones(programme.count, bool)
            return evolve(programme.allocation(everyone, programme.amounts), bound=0)
        # What certifying takes afterwards is about what has been taken so far.
        spent = self._now() - began
        clock = _Clock(self._now, began + max(0.0, self._limit - 2 * spent - 0.01))
        model = HighsModel(programme)
        relaxed = model.relaxed(clock.left * 0.8)
        if relaxed is None:
            greedy = self._others.solve(instance, PRESETS["max_welfare"]).allocation
            greedy = evolve(greedy, ranking=(), weight=None, remark=_HASTY)
            packed = packing.solve(programme, lambda: clock.left)
            if packed is None or greedy.shadow_prices is None:
                return greedy
            found = _certified(programme, greedy.shadow_prices, packed.chosen, packed.bound)
            return max(found, greedy, key=lambda one: one.welfare)
        if programme.count <= self._enumerated_max and programme.whole is not None:
            amounts = [one.amount for one in programme.candidates]
            best = two_halves.solve(amounts, programme.whole, programme.capacity, clock.over)
            if best is not None:
                return _certified(programme, relaxed[0], best, 0)
        return _searched(instance, programme, model, *relaxed, clock)


def _is_large(instance: Instance) -> bool:
    if len(instance.candidates) > _PROGRAMME_MAX:
        return True
    wanted = sum(len(one.rates) - one.rates.count(0) for one in instance.candidates)
    return wanted > _PROGRAMME_MAX


def _searched(
    instance: Instance,
    programme: Programme,
    model: HighsModel,
    prices: ShadowPrices,
    fractions: Floats,
    clock: _Clock,
) -> Allocation:
    wanted = programme.rates.sum(axis=0)
    scarce = np.flatnonzero(wanted > programme.free)
    if len(scarce) <= 1 and wanted.max(initial=0) < _EXACT:
        resource = int(scarce[0]) if len(scarce) else 0
        alone = one_resource.solve(
            [one.amount for one in programme.candidates],
            [one.rates[resource] for one in programme.candidates],
            programme.capacity[resource],
            lambda: clock.left < 0,
        )
        if alone is not None:
            chosen = np.zeros(programme.count, bool)
            chosen[alone[0]] = True
            return _finished(programme, prices, chosen, None, proven=alone[1])
    packed = packing.solve(programme, lambda: clock.left)
    if packed is not None:
        return _certified(programme, prices, packed.chosen, packed.bound)
    # At a vertex of the relaxation some prices are zero, which proves most and guides least.
    guides = [prices, *_softer_prices(instance)]
    starts = [programme.greedy(programme.densities(one)) for one in guides]
    start = max(starts, key=lambda one: float(programme.amounts[one].sum()))
    return _whole(programme, model, prices, fractions, start, clock)


def _softer_prices(instance: Instance) -> list[ShadowPrices]:
    """Those of the search for ``dual_greedy``, where it takes little time."""
    if len(instance.free) > _ROWS_MAX:
        return []
    try:
        return [column_prices.search(Columns.of(instance))]
    except DoesNotFit:
        return []


def _whole(
    programme: Programme,
    model: HighsModel,
    prices: ShadowPrices,
    fractions: Floats,
    start: Mask,
    clock: _Clock,
) -> Allocation:
    """HiGHS from the first finds of the search on, and the search beside it."""
    search = TabuSearch(
        programme.amounts,
        programme.rates,
        programme.free,
        programme.unit_prices(prices),
        start,
        fractions,
    )
    pause = clock.left - min(clock.left * _HEAD_START, programme.count * _HEAD_START_SECONDS)
    search.run(lambda: clock.left <= pause)
    answers: list[tuple[Mask, float, bool]] = []
    first = search.best
    beside = Thread(target=lambda: answers.append(model.winners(first, clock.left)), daemon=True)
    beside.start()
    search.run(lambda: clock.over() or not beside.is_alive())
    beside.join()
    whole, bound, proven = answers[0]
    return max(
        (_finished(programme, prices, one, bound, proven=proven) for one in (whole, search.best)),
        key=lambda one: one.welfare,
    )


def _certified(programme: Programme, prices: ShadowPrices, chosen: Mask, bound: int) -> Allocation:
    """``chosen`` in integers, below a ``bound`` that was proven in integers; best, if the bound is
    no higher than what is chosen is worth."""
    found = evolve(programme.allocation(chosen, programme.densities(prices)), shadow_prices=prices)
    step = gcd(*(one.amount for one in programme.candidates))
    certified = max(found.welfare, bound // step * step)
    if certified > found.welfare:
        return evolve(found, bound=certified, remark=_LIMITED)
    return evolve(found, bound=certified)


def _finished(
    programme: Programme,
    prices: ShadowPrices,
    chosen: Mask,
    bound: float | None,
    *,
    proven: bool = False,
) -> Allocation:
    """``chosen`` in integers, and what is proven about it: ``bound`` is what HiGHS says."""
    found = evolve(programme.allocation(chosen, programme.densities(prices)), shadow_prices=prices)
    welfare = found.welfare
    if bound is None:
        if proven:
            return evolve(found, bound=welfare)
        return evolve(found, remark=_LIMITED)
    # Every welfare is a multiple of what all amounts are multiples of.
    step = gcd(*(one.amount for one in programme.candidates))
    certified = floor(bound * (1 + _PROOF)) // step * step if isfinite(bound) else None
    if certified is not None and certified <= welfare:
        return evolve(found, bound=welfare)
    if proven:
        return evolve(found, bound=certified)
    return evolve(found, bound=certified, remark=_LIMITED)


_LIMITED: Final = "time limit reached: the best allocation found, not proven best"
_HASTY: Final = "time limit reached: dual_greedy"
