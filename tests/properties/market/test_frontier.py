"""What the frontier of a clearing says would have won, would have won."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.market import frontier as frontiers
from syntropism.domain.market.clearing import STRATEGIES
from syntropism.domain.market.frontier import PERMILLE, amount_needed, frontier
from syntropism.domain.market.resources import fits
from syntropism.testing.strategies_market import candidates, instances


def of(instance, strategy):
    winners = STRATEGIES[strategy](instance).winners

    def weight(place):
        one = winners[place]
        aged = one.amount * (PERMILLE + instance.ageing_permille * one.age)
        return aged, one.cost if strategy == "posted_density" else 0

    return frontier(instance.free, [one.rates for one in winners], weight)


def wins(instance, newcomer, strategy):
    crowd = evolve(instance, candidates=(*instance.candidates, newcomer))
    return newcomer.id in {one.id for one in STRATEGIES[strategy](crowd).winners}


@given(st.data(), st.sampled_from(["posted_density", "amount"]))
def test_the_amount_needed_is_the_least_that_wins_to_a_micro_credit(data, strategy):
    instance = data.draw(instances(resources=3))
    newcomer = evolve(data.draw(candidates("new", 3)), age=0, sequence=99)
    least = amount_needed(
        of(instance, strategy), instance.free, newcomer.rates, newcomer.cost, newcomer.reserve
    )
    if least is None:
        assert not fits(newcomer.rates, instance.free)
        assert not wins(instance, evolve(newcomer, amount=10**12), strategy)
        return
    assert wins(instance, evolve(newcomer, amount=least), strategy)
    if least - 2 >= newcomer.reserve:
        assert not wins(instance, evolve(newcomer, amount=least - 2), strategy)


@given(st.data(), st.integers(1, 3))
def test_fewer_stretches_ask_for_more_never_for_less(data, stretches):
    instance = data.draw(instances(resources=2))
    newcomer = evolve(data.draw(candidates("new", 2)), age=0, sequence=99)
    kept = frontiers.STRETCHES_MAX
    try:
        frontiers.STRETCHES_MAX = stretches
        short = of(instance, "posted_density")
    finally:
        frontiers.STRETCHES_MAX = kept
    assert len(short) <= stretches
    about = newcomer.rates, newcomer.cost, newcomer.reserve
    least = amount_needed(short, instance.free, *about)
    exact = amount_needed(of(instance, "posted_density"), instance.free, *about)
    assert (least is None) == (exact is None)
    if least is not None:
        assert least >= exact
        assert wins(instance, evolve(newcomer, amount=least), "posted_density")
