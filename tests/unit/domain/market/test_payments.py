import pytest
from attrs import evolve

from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.clearing import amount, posted_density
from syntropism.domain.market.payments import critical, pay_as_bid


def paid(rule, instance, strategy=posted_density):
    allocation = strategy(instance)
    payments = rule(instance, allocation)
    return {w.id: p for w, p in zip(allocation.winners, payments, strict=True)}


def test_one_slot_sells_at_the_second_price():
    instance = Instance(
        (Candidate("a", 90, 10, 10, (1,)), Candidate("b", 70, 10, 10, (1,), sequence=1)), (1,)
    )
    assert paid(critical, instance) == {"a": 70}  # a tie at 70 falls to the earlier one


def test_the_later_of_two_must_exceed_a_tie_by_a_micro_credit():
    instance = Instance(
        (Candidate("a", 90, 10, 10, (1,), sequence=2), Candidate("b", 70, 10, 10, (1,))), (1,)
    )
    assert paid(critical, instance) == {"a": 71}


def test_the_price_scales_with_the_posted_cost_and_rounds_up():
    # b has density 7/3: a, of cost 10, must reach 70/3 = 23.33
    instance = Instance((Candidate("a", 90, 0, 10, (3,)), Candidate("b", 7, 0, 3, (1,))), (3,))
    assert paid(critical, instance) == {"a": 24}


def test_age_lowers_what_a_winner_must_offer():
    # a counts double after one lost round at α = 1, so half of b's 70 is enough
    instance = Instance(
        (Candidate("a", 90, 0, 10, (1,), age=1), Candidate("b", 70, 0, 10, (1,), sequence=1)),
        (1,),
        1_000,
    )
    assert paid(critical, instance) == {"a": 36}  # at 35 keys tie and b's amount is larger


def test_without_competition_the_reserve_is_paid():
    assert paid(critical, Instance((Candidate("a", 90, 12, 10, (1,)),), (5,))) == {"a": 12}


def test_a_weak_rival_never_pulls_the_payment_below_the_reserve():
    instance = Instance((Candidate("a", 90, 40, 10, (1,)), Candidate("b", 20, 10, 10, (1,))), (1,))
    assert paid(critical, instance) == {"a": 40}


def test_the_blocker_is_the_first_rejected_bid_that_needs_the_winners_room():
    # big was rejected first, but does not fit in the room that small would leave
    small, other = Candidate("small", 90, 0, 10, (1,)), Candidate("other", 80, 0, 10, (3,))
    big, next_ = Candidate("big", 70, 0, 10, (3,)), Candidate("next", 50, 0, 10, (1,))
    instance = Instance((small, other, big, next_), (4,))
    assert paid(critical, instance) == {"small": 51, "other": 71}


def test_a_rejected_bid_before_the_winner_does_not_set_its_price():
    wide = Candidate("wide", 100, 0, 10, (9,))
    late = Candidate("late", 40, 5, 10, (1,))
    assert paid(critical, Instance((wide, late), (2,))) == {"late": 5}


def test_critical_payments_are_right_for_amount_clearing_too():
    instance = Instance((Candidate("a", 90, 10, 30, (1,)), Candidate("b", 70, 10, 1, (1,))), (1,))
    assert paid(critical, instance, amount) == {"a": 70}


def test_pay_as_bid_takes_the_whole_amount():
    instance = Instance((Candidate("a", 90, 10, 10, (1,)),), (1,))
    assert paid(pay_as_bid, instance, amount) == {"a": 90}


def test_critical_refuses_a_strategy_without_a_ranking():
    instance = Instance((Candidate("a", 90, 10, 10, (1,)),), (1,))
    unranked = evolve(posted_density(instance), ranking=(), weight=None)
    with pytest.raises(Invalid):
        critical(instance, unranked)
