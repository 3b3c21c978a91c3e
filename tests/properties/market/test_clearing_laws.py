"""MARKET.md properties 1, 3, 5, 6 on bare instances, for every registered strategy."""

from itertools import pairwise, permutations

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.clearing import FIXED_RANKINGS, STRATEGIES
from syntropism.domain.market.ranking import density_weight, rank, total_weight
from syntropism.domain.market.resources import add_rates, fits, subtract_rates
from syntropism.testing.strategies_market import instances

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES.keys())
each_fixed_ranking = pytest.mark.parametrize(
    "strategy", [STRATEGIES[name] for name in sorted(FIXED_RANKINGS)], ids=sorted(FIXED_RANKINGS)
)


def replaced(instance: Instance, changed: Candidate) -> Instance:
    return evolve(
        instance,
        candidates=tuple(changed if c.id == changed.id else c for c in instance.candidates),
    )


@each_strategy
@given(instance=instances())
def test_what_winners_take_and_what_is_left_add_up_to_what_was_free(strategy, instance):
    allocation = strategy(instance)
    taken = (0,) * len(instance.free)
    for winner in allocation.winners:
        taken = add_rates(taken, winner.rates)
    assert fits(taken, instance.free)
    assert subtract_rates(instance.free, taken) == allocation.left
    assert len({winner.id for winner in allocation.winners}) == len(allocation.winners)
    assert set(allocation.winners) <= set(instance.candidates)


@each_strategy
@given(instance=instances())
def test_no_loser_fits_what_is_left(strategy, instance):
    allocation = strategy(instance)
    losers = set(instance.candidates) - set(allocation.winners)
    assert not [loser for loser in losers if fits(loser.rates, allocation.left)]


@each_fixed_ranking
@given(instance=instances(), data=st.data())
def test_a_winner_that_offers_more_for_no_more_still_wins(strategy, instance, data):
    allocation = strategy(instance)
    assume(allocation.winners)
    winner = data.draw(st.sampled_from(allocation.winners))
    better = evolve(
        winner,
        amount=winner.amount + data.draw(st.integers(0, 30)),
        cost=data.draw(st.integers(1, winner.cost)),
        rates=tuple(data.draw(st.integers(0, rate)) for rate in winner.rates),
    )
    assert better in strategy(replaced(instance, better)).winners


@each_strategy
@given(instance=instances(), data=st.data())
def test_the_order_of_arrival_changes_nothing(strategy, instance, data):
    shuffled = data.draw(st.permutations(instance.candidates))
    again = strategy(evolve(instance, candidates=tuple(shuffled)))
    assert evolve(again, weight=None) == evolve(strategy(instance), weight=None)


@each_strategy
@given(instance=instances(), data=st.data(), power=st.integers(1, 6))
def test_the_unit_of_a_resource_does_not_matter(strategy, instance, data, power):
    r = data.draw(st.integers(0, len(instance.free) - 1))

    def finer(rates: tuple[int, ...]) -> tuple[int, ...]:
        return (*rates[:r], rates[r] * 10**power, *rates[r + 1 :])

    rescaled = evolve(
        instance,
        free=finer(instance.free),
        candidates=tuple(evolve(c, rates=finer(c.rates)) for c in instance.candidates),
    )
    before, after = strategy(instance), strategy(rescaled)
    assert [c.id for c in after.winners] == [c.id for c in before.winners]
    assert after.left == finer(before.left)


@given(instance=instances(), power=st.integers(1, 6))
def test_density_does_not_depend_on_the_unit_of_money(instance, power):
    def finer(c: Candidate) -> Candidate:
        unit = 10**power
        return evolve(c, amount=c.amount * unit, reserve=c.reserve * unit, cost=c.cost * unit)

    rescaled = evolve(instance, candidates=tuple(finer(c) for c in instance.candidates))
    for strategy in STRATEGIES.values():
        before = [c.id for c in strategy(instance).winners]
        assert [c.id for c in strategy(rescaled).winners] == before


@given(
    amounts=st.lists(
        st.tuples(
            st.integers(0, 3) | st.integers(0, 2**53),
            st.integers(1, 2**60),
            st.integers(0, 1_000),
        ),
        min_size=2,
        max_size=4,
    ),
    nudge=st.integers(-1, 1),
    ageing=st.integers(0, 5_000),
)
def test_ranking_agrees_with_cross_multiplied_integers_to_the_last_bit(amounts, nudge, ageing):
    amount, cost, age = amounts[0]
    amounts.append((amount * 3, max(1, cost * 3 + nudge), age))  # a near tie or an exact one
    drawn = [Candidate(str(i), b, 0, s, (), a) for i, (b, s, a) in enumerate(amounts)]
    for weight in (density_weight, total_weight):
        ranked = rank(drawn, weight, ageing)
        for ahead, behind in pairwise(ranked):
            up, down = weight(ahead, ageing)
            up_behind, down_behind = weight(behind, ageing)
            left = ahead.amount * up * down_behind
            right = behind.amount * up_behind * down
            assert (left, ahead.amount, -int(ahead.id)) >= (right, behind.amount, -int(behind.id))


def test_a_difference_far_below_the_resolution_of_a_float_decides():
    cost = 10**17 + 3
    dense, thin = Candidate("z", 5, 0, cost, ()), Candidate("a", 15, 0, 3 * cost + 1, ())
    assert rank((thin, dense), density_weight, 0) == (dense, thin)


def test_exact_ties_fall_to_the_larger_amount_then_the_earlier_then_the_smaller_id():
    best_first = [
        Candidate("z", 8, 0, 4, (1,), sequence=9),
        Candidate("y", 4, 0, 2, (1,), sequence=1),
        Candidate("a", 4, 0, 2, (1,), sequence=2),
        Candidate("b", 4, 0, 2, (1,), sequence=2),
    ]
    for order in permutations(best_first):
        assert rank(order, density_weight, 0) == tuple(best_first)
