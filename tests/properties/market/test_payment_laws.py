"""MARKET.md properties 2 and 4 on bare instances: thresholds, and no gain from misreporting."""

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.clearing import FIXED_RANKINGS, STRATEGIES, posted_density
from syntropism.domain.market.payments import PAYMENT_RULES, critical
from syntropism.domain.market.resources import fits
from syntropism.testing.strategies_market import candidates, instances

each_fixed_ranking = pytest.mark.parametrize(
    "strategy", [STRATEGIES[name] for name in sorted(FIXED_RANKINGS)], ids=sorted(FIXED_RANKINGS)
)


def with_report(instance: Instance, report: Candidate) -> Instance:
    return evolve(
        instance,
        candidates=tuple(report if c.id == report.id else c for c in instance.candidates),
    )


def outcome(strategy, instance: Instance, candidate_id: str) -> int | None:
    """The critical payment of the candidate, or None if it loses."""
    allocation = strategy(instance)
    for winner, payment in zip(allocation.winners, critical(instance, allocation), strict=True):
        if winner.id == candidate_id:
            return payment
    return None


@each_fixed_ranking
@pytest.mark.parametrize("rule", PAYMENT_RULES.values(), ids=PAYMENT_RULES.keys())
@given(instance=instances())
def test_a_payment_lies_between_reserve_and_amount(strategy, rule, instance):
    allocation = strategy(instance)
    payments = rule(instance, allocation)
    assert len(payments) == len(allocation.winners)
    for winner, payment in zip(allocation.winners, payments, strict=True):
        assert winner.reserve <= payment <= winner.amount


@each_fixed_ranking
@given(instance=instances())
def test_critical_payments_equal_naive_reruns(strategy, instance):
    allocation = strategy(instance)
    for winner, payment in zip(allocation.winners, critical(instance, allocation), strict=True):
        low, high = winner.reserve, winner.amount
        while low < high:  # winning is monotone in the amount
            middle = (low + high) // 2
            rerun = strategy(with_report(instance, evolve(winner, amount=middle)))
            if any(c.id == winner.id for c in rerun.winners):
                high = middle
            else:
                low = middle + 1
        assert payment == low


@each_fixed_ranking
@given(instance=instances(), data=st.data())
def test_a_payment_does_not_depend_on_the_winners_own_amount(strategy, instance, data):
    allocation = strategy(instance)
    assume(allocation.winners)
    winner = data.draw(st.sampled_from(allocation.winners))
    payment = outcome(strategy, instance, winner.id)
    assert payment is not None
    other = data.draw(st.integers(payment, winner.amount + 50))
    assert outcome(strategy, with_report(instance, evolve(winner, amount=other)), winner.id) == (
        payment
    )


@given(instance=instances(), data=st.data())
def test_no_misreport_of_amount_or_bundle_gains_under_truthful(instance, data):
    assume(instance.candidates)
    truth = data.draw(st.sampled_from(instance.candidates))
    value = truth.amount

    def gain(report: Candidate) -> int:
        payment = outcome(posted_density, with_report(instance, report), report.id)
        if payment is None or not fits(truth.rates, report.rates):
            return 0 if payment is None else -payment
        return value - payment

    honest = gain(truth)
    assert honest >= 0
    tempting = {truth.reserve, value + 1, value + 100, data.draw(st.integers(truth.reserve, 99))}
    for rival in instance.candidates:
        for near in (-1, 0, 1):
            tempting.add(rival.amount * truth.cost // rival.cost + near)
    larger = evolve(
        truth,
        rates=tuple(rate + data.draw(st.integers(0, 2)) for rate in truth.rates),
        cost=truth.cost + data.draw(st.integers(0, 3)),
        reserve=truth.reserve + data.draw(st.integers(0, 2)),
        amount=10**6,
    )
    for amount in tempting:
        for report in (truth, larger):
            if amount >= report.reserve:
                assert gain(evolve(report, amount=amount)) <= honest


@each_fixed_ranking
@given(instance=instances(), data=st.data())
def test_a_candidate_that_cannot_fit_changes_no_winner_and_no_payment(strategy, instance, data):
    giant = data.draw(candidates("giant", len(instance.free)))
    r = data.draw(st.integers(0, len(instance.free) - 1))
    giant = evolve(
        giant,
        amount=10**9,
        rates=(*giant.rates[:r], instance.free[r] + 1, *giant.rates[r + 1 :]),
    )
    crowded = evolve(instance, candidates=(*instance.candidates, giant))
    without, having = strategy(instance), strategy(crowded)
    assert having.winners == without.winners
    assert critical(crowded, having) == critical(instance, without)
