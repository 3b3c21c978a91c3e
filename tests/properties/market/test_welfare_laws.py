"""MARKET.md property 7 for the strategies that seek welfare: against brute force, on bare
instances, and whole rounds under every preset."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from syntropism.domain.market.auction import clear, clear_round
from syntropism.domain.market.auto import auto
from syntropism.domain.market.candidates import Allocation, Instance, ShadowPrices
from syntropism.domain.market.clearing import STRATEGIES
from syntropism.domain.market.dual_greedy import dual_greedy
from syntropism.domain.market.duality import Dual
from syntropism.domain.market.exact import exact, exact_from
from syntropism.domain.market.local_search import improved
from syntropism.domain.market.presets import PRESETS
from syntropism.domain.market.resources import add_rates, fits, subtract_rates
from syntropism.testing.strategies_market import hard_instances, instances, rounds

SEEKERS = ("dual_greedy", "exact", "auto")


def best_welfare(instance: Instance) -> int:
    """Every choice that fits, each extended by every candidate that still fits."""
    best = 0
    reached = [(0, 0, instance.free)]
    while reached:
        first, worth, left = reached.pop()
        best = max(best, worth)
        for k in range(first, len(instance.candidates)):
            one = instance.candidates[k]
            if fits(one.rates, left):
                reached.append((k + 1, worth + one.amount, subtract_rates(left, one.rates)))
    return best


@pytest.mark.parametrize("strategy", [exact, auto], ids=["exact", "auto"])
@given(instance=instances(candidates_max=10, size=20))
def test_small_markets_are_cleared_as_brute_force_would(strategy, instance):
    allocation = strategy(instance)
    assert allocation.welfare == best_welfare(instance)
    assert allocation.bound == allocation.welfare


@settings(max_examples=60)
@pytest.mark.parametrize("strategy", [exact, auto], ids=["exact", "auto"])
@given(instance=hard_instances())
def test_hard_markets_are_cleared_as_brute_force_would(strategy, instance):
    allocation = strategy(instance)
    assert allocation.welfare == best_welfare(instance)
    assert allocation.bound == allocation.welfare


@settings(max_examples=100)
@given(instance=hard_instances(), power=st.integers(0, 40), data=st.data())
def test_branch_and_bound_proves_the_best_from_nothing_and_by_any_shadow_prices(
    instance, power, data
):
    values = tuple(data.draw(st.integers(0, 1 << power)) for _ in instance.free)
    unit = max(one.amount for one in instance.candidates)
    nothing = Allocation((), instance.free, shadow_prices=ShadowPrices(values, unit))
    found = exact_from(instance, nothing, 1 << 14)
    assert found.welfare == found.bound == best_welfare(instance)


@given(instance=instances(candidates_max=12, size=30))
def test_local_search_never_loses_welfare_and_never_leaves_room_for_a_loser(instance):
    for strategy in STRATEGIES.values():
        before = strategy(instance)
        after = improved(instance, before)
        assert after.welfare >= before.welfare
        taken = (0,) * len(instance.free)
        for winner in after.winners:
            taken = add_rates(taken, winner.rates)
        assert subtract_rates(instance.free, taken) == after.left
        won = {winner.id for winner in after.winners}
        assert len(won) == len(after.winners)
        losers = [one for one in instance.candidates if one.id not in won]
        assert not [one for one in losers if fits(one.rates, after.left)]


@given(instance=instances(candidates_max=9), data=st.data())
def test_any_shadow_prices_whatever_bound_the_best_allocation(instance, data):
    values = tuple(data.draw(st.integers(0, 2**44)) for _ in instance.free)
    prices = ShadowPrices(values, data.draw(st.integers(1, 60)))
    dual = Dual([[one] for one in instance.candidates], instance.free)
    assert best_welfare(instance) <= dual.bound(prices)


@pytest.mark.parametrize("name", SEEKERS)
@given(instance=instances(), power=st.integers(1, 6))
def test_the_unit_of_money_does_not_matter(name, instance, power):
    unit = 10**power
    rescaled = evolve(
        instance,
        candidates=tuple(
            evolve(c, amount=c.amount * unit, reserve=c.reserve * unit) for c in instance.candidates
        ),
    )
    before = [c.id for c in STRATEGIES[name](instance).winners]
    assert [c.id for c in STRATEGIES[name](rescaled).winners] == before


@given(instance=instances(candidates_max=12, size=50))
def test_dual_greedy_works_with_the_very_prices_that_certify_it(instance):
    allocation = dual_greedy(instance)
    cleared = clear(instance, PRESETS["max_welfare"])
    everything = sum(c.amount for c in instance.candidates)
    assert cleared.welfare == allocation.welfare <= cleared.upper_bound <= everything


@pytest.mark.parametrize("preset", ["max_welfare", "exact", "auto"])
@given(data=st.data())
def test_whole_rounds_fit_are_maximal_and_certified(preset, data):
    drawn = data.draw(rounds(preset=preset, bids_max=8))
    result = clear_round(drawn.bids, drawn.free, drawn.prices, drawn.parameters, drawn.held)
    left = subtract_rates(drawn.free, result.used)
    assert fits(result.used, drawn.free)
    assert result.welfare <= result.upper_bound
    by_id = {bid.id: bid for bid in drawn.bids}
    for win in result.wins:
        bid = by_id[win.bid_id]
        offer = bid.fallback if win.fallback else bid.main
        assert win.payment == offer.amount
    for loss in result.losses:
        bid = by_id[loss.bid_id]
        for offer in (bid.main, bid.fallback):
            assert offer is None or not fits(offer.bundle.rates, left)
