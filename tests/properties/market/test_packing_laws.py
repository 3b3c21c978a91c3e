"""Candidates that exclude each other: what is proven is so, what is found is there."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.market.auction import clear
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.presets import PRESETS

pytest.importorskip("highspy", reason="the extra `market` is not installed")

import numpy as np

from syntropism.adapters.clearing import packing
from syntropism.adapters.clearing.clique_prices import CliquePrices, clique_prices
from syntropism.adapters.clearing.exclusion import cliques, excluded, violated
from syntropism.adapters.clearing.highs_engine import HighsEngine
from syntropism.adapters.clearing.packing_tabu import PackingTabu
from syntropism.adapters.clearing.packing_tree import PackingTree
from syntropism.adapters.clearing.programme import Programme

ENGINE = HighsEngine(ReferenceEngine(), time_limit_seconds=20, enumerated_max=0)


@st.composite
def auctions(draw):
    """Bids for a few goods of which there is one each; some of them ask for nothing."""
    goods = draw(st.integers(1, 7))
    bids = draw(st.lists(st.tuples(st.integers(0, 30), st.sets(st.integers(0, goods - 1)))))
    unit = draw(st.sampled_from((1, 3, 10**9, 1 << 50)))
    return Instance(
        tuple(
            Candidate(str(i), amount * unit, 0, 1, tuple(int(k in some) for k in range(goods)))
            for i, (amount, some) in enumerate(bids[:14])
        ),
        (1,) * goods,
    )


def best_welfare(instance):
    reached = {0: 0}
    for one in instance.candidates:
        goods = sum(1 << k for k, rate in enumerate(one.rates) if rate)
        for used, worth in list(reached.items()):
            if not used & goods:
                reached[used | goods] = max(reached.get(used | goods, 0), worth + one.amount)
    return max(reached.values())


@settings(deadline=None, max_examples=100)
@given(auctions())
def test_the_best_of_a_small_auction_is_found_and_proven(instance):
    found = clear(instance, PRESETS["auto"], ENGINE.solve)
    best = best_welfare(instance)
    assert found.welfare == best
    # Beyond 52 bits the bound is rounded up to what floats hold exactly.
    assert best <= found.upper_bound <= best * (1 + 1e-9)
    assert found.remark == "" or best >= 1 << 50


def of(instance):
    programme = Programme.of(instance)
    conflicts = excluded(programme)
    return programme, conflicts


@given(auctions())
def test_a_clique_is_of_those_who_exclude_each_other_and_none_can_join(instance):
    programme, conflicts = of(instance)
    if conflicts is None:
        assert not programme.count
        return
    for a, b in combinations(range(programme.count), 2):
        together = (programme.rates[a] + programme.rates[b] > programme.free).any()
        assert conflicts[a, b] == conflicts[b, a] == together
    draw = np.random.default_rng(0)
    found = [*cliques(programme, conflicts)]
    assert {one for clique in found for one in clique.tolist()} == set(range(programme.count))
    fractions = draw.random(programme.count)
    more = violated(fractions, conflicts, 5)
    assert all(fractions[clique].sum() > 1 for clique in more)
    for clique in [*found, *more]:
        assert all(conflicts[a, b] for a, b in combinations(clique.tolist(), 2))
        assert not conflicts[clique].all(axis=0).any()


def test_where_two_have_room_nobody_is_excluded():
    some = (Candidate("a", 5, 0, 1, (1, 0)), Candidate("b", 4, 0, 1, (2, 1)))
    assert excluded(Programme.of(Instance(some, (2, 1)))) is None
    assert excluded(Programme.of(Instance(some, (3, 1)))) is None
    one_each = (Candidate("a", 5, 0, 1, (2, 0)), Candidate("b", 4, 0, 1, (3, 1)))
    conflicts = excluded(Programme.of(Instance(one_each, (3, 1))))
    assert conflicts is not None and conflicts.tolist() == [[False, True], [True, False]]


@settings(deadline=None)
@given(auctions(), st.integers(0, 30), st.booleans())
def test_any_prices_that_pay_for_everybody_bound_and_the_tree_closes_them(instance, more, hasty):
    programme, conflicts = of(instance)
    if conflicts is None or not programme.amounts.any():
        return
    unit = max(programme.amounts) / 30
    amounts = np.ceil(programme.amounts / unit)
    time = iter((1.0, 1.0))
    priced = clique_prices(
        amounts,
        cliques(programme, conflicts),
        conflicts,
        lambda: 0.0 if hasty else next(time, 0.0),
    )
    paid = np.zeros(programme.count)
    for clique, price in zip(priced.cliques, priced.prices, strict=True):
        paid[clique] += price
    assert (paid >= amounts).all()
    dearer = CliquePrices(priced.cliques, priced.prices + more, priced.fractions)
    tree = PackingTree(amounts, conflicts, dearer)
    best = best_of(amounts, conflicts)
    turns = iter(range(2))
    tree.run(lambda: next(turns, None) is None)
    assert tree.worth <= best <= tree.bound
    tree.run(lambda: False)
    assert tree.proven and tree.worth == best == tree.bound
    assert amounts[tree.best].sum() == best
    assert not conflicts[np.ix_(tree.best, tree.best)].any()


def best_of(amounts, conflicts):
    best = 0
    reached = [(0, 0, frozenset())]
    while reached:
        first, worth, taken = reached.pop()
        best = max(best, worth)
        for k in range(first, len(amounts)):
            if not any(conflicts[k, one] for one in taken):
                reached.append((k + 1, worth + amounts[k], taken | {k}))
    return best


def random_packing(count, density, seed):
    draw = np.random.default_rng(seed)
    upper = np.triu(draw.random((count, count)) < density, 1)
    return draw.integers(1, 100, count).astype(float), upper | upper.T


def test_a_tree_that_must_forget_nodes_still_bounds(monkeypatch):
    amounts, conflicts = random_packing(40, 0.3, 1)
    pairs = [np.array(pair) for pair in zip(*np.nonzero(np.triu(conflicts)), strict=True)]
    prices = CliquePrices(
        tuple(pairs), np.full(len(pairs), float(amounts.max())), np.zeros(len(amounts))
    )
    tree = PackingTree(amounts, conflicts, prices)
    tree._nodes_max, tree._width = 10, 4
    turns = iter(range(30))
    tree.run(lambda: next(turns, None) is None)
    assert tree.worth <= best_of(amounts, conflicts) <= tree.bound
    assert sum(len(level.bounds) for level in tree._levels) <= 200


def test_tabu_search_keeps_its_sums_and_finds_what_the_tree_proves():
    for seed in range(4):
        amounts, conflicts = random_packing(30, 0.4, seed)
        tabu = PackingTabu(amounts, conflicts, np.zeros(len(amounts)))
        turns = iter(range(40))
        tabu.run(lambda turns=turns: next(turns, None) is None)
        assert tabu.worth == amounts[tabu.best].sum() == best_of(amounts, conflicts)
        assert not conflicts[np.ix_(tabu.best, tabu.best)].any()
        for taken, worth in zip(tabu._taken, tabu._worths, strict=True):
            assert worth == amounts[taken].sum()
            assert not conflicts[np.ix_(taken, taken)].any()


def test_the_same_turns_give_the_same_answer():
    goods = np.random.default_rng(5).random((80, 12)) < 0.25
    instance = Instance(
        tuple(
            Candidate(str(i), int(row.sum()) * 50 + i % 37, 0, 1, tuple(map(int, row)), 0, i)
            for i, row in enumerate(goods)
        ),
        (1,) * 12,
    )
    answers = []
    for _ in range(2):
        ticks = iter(range(10**6))
        found = packing.solve(Programme.of(instance), lambda ticks=ticks: 1000 - next(ticks))
        answers.append((found.chosen.tolist(), found.bound))
    assert answers[0] == answers[1]


def test_without_time_for_a_relaxation_something_is_found_and_bounded_all_the_same():
    draw = np.random.default_rng(2)
    goods = draw.random((120, 30)) < 0.2
    instance = Instance(
        tuple(
            Candidate(str(i), 1 + int(row.sum()) * 50 + i % 37, 0, 1, tuple(map(int, row)), 0, i)
            for i, row in enumerate(goods)
        ),
        (1,) * 30,
    )
    hasty = clear(instance, PRESETS["auto"], HighsEngine(ReferenceEngine(), 0.0).solve)
    patient = clear(instance, PRESETS["auto"], HighsEngine(ReferenceEngine(), 5.0).solve)
    assert "time limit" in hasty.remark
    assert hasty.welfare <= patient.welfare <= hasty.upper_bound
