from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.demand import demand

FREE, HELD = (10, 1), (3, 0)


def wanting(*rates, amount=100, cost=50):
    return Candidate("a", amount, 0, cost, rates)


def test_demand_is_what_was_held_plus_every_bid_that_reaches_its_cost():
    bids = [(wanting(4, 0), None), (wanting(5, 0), None), (wanting(6, 1), None)]
    assert demand(bids, FREE, HELD) == (18, 1)


def test_a_bid_below_its_posted_cost_counts_nothing_and_one_at_it_counts():
    assert demand([(wanting(4, 0, amount=49), None)], FREE, HELD) == HELD
    assert demand([(wanting(4, 0, amount=50), None)], FREE, HELD) == (7, 0)


def test_a_bid_that_cannot_fit_counts_nothing():
    assert demand([(wanting(11, 0), None)], FREE, HELD) == HELD


def test_a_bid_counts_once_with_its_main_bundle():
    assert demand([(wanting(4, 1), wanting(4, 0))], FREE, HELD) == (7, 1)


def test_a_bid_in_cooldown_or_too_large_counts_with_its_fallback():
    assert demand([(None, wanting(4, 0))], FREE, HELD) == (7, 0)
    assert demand([(wanting(4, 2), wanting(4, 0))], FREE, HELD) == (7, 0)


def test_a_bid_whose_main_bundle_is_too_dear_counts_with_its_fallback():
    assert demand([(wanting(4, 1, amount=49), wanting(4, 0))], FREE, HELD) == (7, 0)
