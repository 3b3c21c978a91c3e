"""MARKET.md property 7: welfare ≤ certified bound ≤ Σ b, and the bound really bounds."""

from itertools import product

from hypothesis import given

from syntropism.domain.market.auction import clear, clear_round
from syntropism.domain.market.presets import PRESETS
from syntropism.domain.market.resources import add_rates, fits
from syntropism.testing.strategies_market import instances, rounds


def best_welfare(alternatives, free):
    """The most valuable feasible choice of at most one alternative per bid, by brute force."""
    best = 0
    for chosen in product(*([None, *options] for options in alternatives)):
        taken = [one for one in chosen if one is not None]
        used = (0,) * len(free)
        for _, rates in taken:
            used = add_rates(used, rates)
        if fits(used, free):
            best = max(best, sum(amount for amount, _ in taken))
    return best


@given(instance=instances(candidates_max=10))
def test_the_bound_lies_between_the_best_allocation_and_the_sum_of_all_amounts(instance):
    best = best_welfare([[(c.amount, c.rates)] for c in instance.candidates], instance.free)
    for rules in PRESETS.values():
        cleared = clear(instance, rules)
        assert cleared.welfare <= best <= cleared.upper_bound
        assert cleared.upper_bound <= sum(c.amount for c in instance.candidates)


@given(drawn=rounds(bids_max=6))
def test_the_bound_of_a_round_counts_each_bid_once_with_either_alternative(drawn):
    result = clear_round(drawn.bids, drawn.free, drawn.prices, drawn.parameters, drawn.held)
    offers = [[one for one in (bid.main, bid.fallback) if one is not None] for bid in drawn.bids]
    best = best_welfare(
        [[(one.amount, one.bundle.rates) for one in bid] for bid in offers], drawn.free
    )
    assert result.welfare <= best <= result.upper_bound
    assert result.upper_bound <= sum(max((o.amount for o in bid), default=0) for bid in offers)
