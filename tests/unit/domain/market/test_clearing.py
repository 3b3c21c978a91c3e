from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.clearing import amount, posted_density

# density 3, 2.5, 2: the largest amount is the least dense
SMALL = Candidate("small", 6, 1, 2, (2,))
MIDDLE = Candidate("middle", 10, 1, 4, (4,))
LARGE = Candidate("large", 12, 1, 6, (6,))


def ids(allocation):
    return [winner.id for winner in allocation.winners]


def test_density_takes_the_most_per_posted_cost_first_and_skips_what_does_not_fit():
    allocation = posted_density(Instance((LARGE, MIDDLE, SMALL), (8,)))
    assert ids(allocation) == ["small", "middle"]
    assert allocation.left == (2,)
    assert allocation.welfare == 16


def test_amount_takes_the_highest_total_first():
    allocation = amount(Instance((SMALL, MIDDLE, LARGE), (8,)))
    assert ids(allocation) == ["large", "small"]


def test_a_smaller_bid_further_down_fills_what_a_larger_one_could_not():
    wide = Candidate("wide", 100, 1, 1, (9,))
    assert ids(posted_density(Instance((wide, SMALL), (8,)))) == ["small"]


def test_one_lacking_resource_is_enough_to_lose():
    attentive = Candidate("attentive", 100, 1, 1, (1, 1))
    plain = Candidate("plain", 1, 1, 1, (1, 0))
    assert ids(posted_density(Instance((attentive, plain), (8, 0)))) == ["plain"]


def test_ageing_lifts_a_bid_by_alpha_for_each_lost_round():
    young = Candidate("young", 10, 0, 1, (1,))
    # 8·(1 + 0.1·2) = 9.6 < 10 < 8·(1 + 0.1·3) = 10.4
    for age, winner in ((2, "young"), (3, "old")):
        old = Candidate("old", 8, 0, 1, (1,), age=age)
        for strategy in (posted_density, amount):
            assert ids(strategy(Instance((young, old), (1,), 100))) == [winner]
            assert ids(strategy(Instance((young, old), (1,), 0))) == ["young"]


def test_an_empty_market_clears_to_nothing():
    assert posted_density(Instance((), (5, 5))).left == (5, 5)
