"""The clearing engine for ``exact`` and ``auto`` with HiGHS: a time limit, and an honest gap."""

from collections.abc import Sequence
from math import floor, isfinite
from operator import sub
from time import perf_counter
from typing import Final

from attrs import evolve

from syntropism.adapters.clearing import column_prices
from syntropism.adapters.clearing.columns import Columns, DoesNotFit
from syntropism.adapters.clearing.highs_model import HighsModel
from syntropism.application.ports.clearing_engine import ClearingEngine
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import clear_round
from syntropism.domain.market.book import Book
from syntropism.domain.market.candidates import Allocation, Candidate, Instance, ShadowPrices
from syntropism.domain.market.duality import shadow_prices, shadow_weight
from syntropism.domain.market.exact import exact
from syntropism.domain.market.local_search import improved
from syntropism.domain.market.presets import Preset, preset
from syntropism.domain.market.ranking import rank
from syntropism.domain.market.resources import Rates, fits
from syntropism.domain.market.rounds import RoundResult
from syntropism.domain.market.solving import Solution
from syntropism.domain.market.walking import walk

_OURS: Final = ("exact", "auto")

TIME_LIMIT_SECONDS: Final = 1.0

_ENUMERATED_MAX: Final = 25
"""Up to so many candidates branch and bound in integers ends at once, and proves more."""

_RELAXED_MAX: Final = 200_000
"""Up to so many non-zero rates the linear relaxation is solved well within a second."""

_WHOLE_MAX: Final = 60_000
"""Up to so many non-zero rates ``auto`` tries the integer programme too."""

_PROOF: Final = 1e-9
"""Relative accuracy of what HiGHS says about an optimum."""


class HighsEngine:
    """``exact`` and ``auto`` by HiGHS; every other strategy by ``others``.

    What a time limit cuts off depends on the machine, so two runs may differ; the winners are
    always feasible, at least as good as ``dual_greedy`` with local search, and certified.
    """

    def __init__(
        self,
        others: ClearingEngine,
        time_limit_seconds: float = TIME_LIMIT_SECONDS,
        enumerated_max: int = _ENUMERATED_MAX,
    ) -> None:
        self._others = others
        self._limit = time_limit_seconds
        self._enumerated_max = enumerated_max

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        """See the port."""
        if rules.clearing not in _OURS:
            return self._others.solve(instance, rules)
        allocation = self._allocation(instance, whole_always=rules.clearing == "exact")
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

    def _allocation(self, instance: Instance, *, whole_always: bool) -> Allocation:
        began = perf_counter()
        ordered = sorted(instance.candidates, key=lambda one: (one.sequence, one.id))
        able = [one for one in ordered if fits(one.rates, instance.free)]
        if len(able) <= self._enumerated_max or not sum(one.amount for one in able):
            found = exact(instance)
            if found.bound is not None or not able:
                return found
        count = sum(1 for one in able for rate in one.rates if rate)
        model = HighsModel(able, instance.free) if whole_always or count <= _RELAXED_MAX else None
        relaxed = model.shadow_prices(self._limit / 2) if model else None
        start = _improved_greedy(instance, able, relaxed)
        if model is None or not (whole_always or count <= _WHOLE_MAX):
            return start
        remaining = self._limit - (perf_counter() - began)
        if remaining <= 0:
            return evolve(start, remark="time limit reached: dual_greedy with local search")
        return _whole(instance, able, model, start, remaining)


def _improved_greedy(
    instance: Instance, able: Sequence[Candidate], relaxed: ShadowPrices | None
) -> Allocation:
    """``dual_greedy`` by the prices of the relaxation and by those of the search, whichever is
    better, with local search. At a vertex of the relaxation some prices are zero, which proves
    most and guides least; so the certificate gets those in any case."""
    searched = _searched(instance, able)
    starts = [_greedy(instance, one) for one in (searched, relaxed) if one is not None]
    found = improved(instance, max(starts, key=lambda one: one.welfare))
    return evolve(found, shadow_prices=relaxed or searched)


def _searched(instance: Instance, able: Sequence[Candidate]) -> ShadowPrices:
    try:
        return column_prices.search(Columns.of(instance))
    except DoesNotFit:
        return shadow_prices(able, instance.free)


def _greedy(instance: Instance, prices: ShadowPrices) -> Allocation:
    found = walk(instance, shadow_weight(prices, instance.free))
    return evolve(found, shadow_prices=prices)


def _whole(
    instance: Instance,
    able: Sequence[Candidate],
    model: HighsModel,
    start: Allocation,
    seconds: float,
) -> Allocation:
    """The integer programme, from ``start`` on."""
    places = {one.id: i for i, one in enumerate(able)}
    chosen, bound, proven = model.winners([places[one.id] for one in start.winners], seconds)
    found = _checked(instance, start, [able[i] for i in chosen])
    best = found if found.welfare > start.welfare else start
    welfare = best.welfare
    if proven and bound - welfare <= max(_PROOF * bound, 0.5):
        return evolve(best, bound=welfare)
    remark = "time limit reached: the best allocation found, not proven best"
    if best is start:
        remark = "time limit reached: dual_greedy with local search"
    certified = floor(bound * (1 + _PROOF)) + 1 if isfinite(bound) else None
    return evolve(best, bound=certified, remark=remark)


def _checked(instance: Instance, start: Allocation, chosen: Sequence[Candidate]) -> Allocation:
    """``chosen`` as far as it really fits, filled up with whoever fits beside it."""
    assert start.shadow_prices is not None
    weight = shadow_weight(start.shadow_prices, instance.free)
    preferred = {one.id for one in chosen}
    ranking = rank(instance.candidates, weight, 0)
    left = instance.free
    winners: list[Candidate] = []
    for one in (
        *(one for one in ranking if one.id in preferred),
        *(one for one in ranking if one.id not in preferred),
    ):
        if fits(one.rates, left):
            winners.append(one)
            left = tuple(map(sub, left, one.rates))
    return evolve(start, winners=tuple(winners), left=left)
