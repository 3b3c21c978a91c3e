"""The searches behind ``exact`` and ``auto``: what they find is there, what they prove is so."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syntropism.domain.market.resources import fits, subtract_rates
from syntropism.testing.strategies_market import instances

pytest.importorskip("numpy", reason="the extra `market` is not installed")

import numpy as np

from syntropism.adapters.clearing import one_resource, two_halves
from syntropism.adapters.clearing.programme import Programme
from syntropism.adapters.clearing.surroundings import Dense, Singles
from syntropism.adapters.clearing.tabu_search import TabuSearch


def best_of_one(amounts, weights, free):
    reached = {0: 0}
    for amount, weight in zip(amounts, weights, strict=True):
        for used, worth in list(reached.items()):
            if used + weight <= free:
                reached[used + weight] = max(reached.get(used + weight, 0), worth + amount)
    return max(reached.values())


@st.composite
def knapsacks(draw):
    top = draw(st.sampled_from((3, 10, 40)))
    free = draw(st.integers(0, 4 * top))
    weights = draw(st.lists(st.integers(0, min(top, free)), max_size=14))
    near = draw(st.booleans())  # strongly correlated, or anything
    amounts = [
        weight + draw(st.integers(0, 2)) if near else draw(st.integers(0, top))
        for weight in weights
    ]
    return amounts, weights, free


@settings(max_examples=300)
@given(knapsacks())
def test_with_one_scarce_resource_the_best_choice_is_proven(knapsack):
    amounts, weights, free = knapsack
    chosen, proven = one_resource.solve(amounts, weights, free, lambda: False)
    assert proven
    assert len(set(chosen)) == len(chosen)
    assert sum(weights[i] for i in chosen) <= free
    assert sum(amounts[i] for i in chosen) == best_of_one(amounts, weights, free)


@given(knapsacks())
def test_a_search_that_is_cut_off_proves_nothing_and_still_fits(knapsack):
    amounts, weights, free = knapsack
    chosen, proven = one_resource.solve(amounts, weights, free, lambda: True)
    worth = sum(amounts[i] for i in chosen)
    assert sum(weights[i] for i in chosen) <= free
    assert worth == best_of_one(amounts, weights, free) or not proven


def test_numbers_beyond_64_bits_are_left_to_others():
    assert one_resource.solve([1 << 62], [1 << 40], 1 << 41, lambda: False) is None


@given(instances(candidates_max=12, size=30), st.data())
def test_whatever_is_chosen_the_allocation_fits_and_is_maximal(instance, data):
    programme = Programme.of(instance)
    chosen = np.array([data.draw(st.booleans()) for _ in range(programme.count)], bool)
    found = programme.allocation(chosen, programme.amounts)
    used = instance.free
    for winner in found.winners:
        assert fits(winner.rates, used)
        used = subtract_rates(used, winner.rates)
    assert used == found.left
    won = {winner.id for winner in found.winners}
    assert not [
        one for one in instance.candidates if one.id not in won and fits(one.rates, found.left)
    ]


def best_of_many(programme):
    best = 0.0
    for count in range(programme.count + 1):
        for chosen in combinations(range(programme.count), count):
            if (programme.rates[list(chosen)].sum(axis=0) <= programme.free).all():
                best = max(best, programme.amounts[list(chosen)].sum())
    return best


@given(instances(candidates_max=10, size=20))
def test_two_halves_hold_the_best_of_a_few(instance):
    programme = Programme.of(instance)
    amounts = [one.amount for one in programme.candidates]
    best = two_halves.solve(amounts, programme.whole, programme.capacity, lambda: False)
    assert (programme.rates[best].sum(axis=0) <= programme.free).all()
    assert programme.amounts[best].sum() == best_of_many(programme)


def test_two_halves_know_what_is_too_much_for_them():
    rates = np.ones((23, 1), np.int64)
    assert two_halves.solve([1] * 23, rates, (5,), lambda: False) is None
    assert two_halves.solve([1 << 61] * 3, rates[:3], (5,), lambda: False) is None
    assert two_halves.solve([1] * 3, rates[:3], (5,), lambda: True) is None


@settings(max_examples=40)
@given(instances(candidates_max=10, size=20))
def test_the_search_finds_the_best_of_a_few(instance):
    programme = Programme.of(instance)
    if not programme.count or not programme.amounts.any():
        return
    start = np.zeros(programme.count, bool)
    prices = np.full(len(programme.free), programme.amounts.mean() / 20)
    search = TabuSearch(programme.amounts, programme.rates, programme.free, prices, start)
    rounds = iter(range(6))
    search.run(lambda: next(rounds, None) is None)
    assert (programme.rates[search.best].sum(axis=0) <= programme.free).all()
    found = programme.allocation(search.best, programme.amounts)
    assert found.welfare == best_of_many(programme)


@given(st.data())
def test_both_ways_to_see_what_is_exceeded_agree_where_nobody_takes_more_than_one(data):
    count, goods, members = data.draw(st.tuples(*[st.integers(1, 6)] * 3))
    draw = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    rates = draw.integers(0, 2, (count, goods)).astype(float)
    free = draw.integers(0, 3, goods).astype(float)
    penalties = draw.integers(1, 5, goods) / 4
    inside = draw.random((members, count)) < 0.5
    signs = np.where(inside, -1, 1).astype(np.float32)
    core = np.arange(count)
    seen = []
    for one in (Dense(rates, free, penalties), Singles(rates, penalties)):
        around = one.of(core)
        around.start(free - inside @ rates)
        flipped = np.zeros(members, int)
        before = around.excess(signs)
        around.flip(flipped, signs[:, 0])
        turned = signs.copy()
        turned[:, 0] *= -1
        seen.append((before, around.excess(turned)))
    for dense, single in zip(*seen, strict=True):
        assert ((dense >= 0) == (single >= 0)).all()
        assert np.allclose(dense, single, atol=1e-5)
