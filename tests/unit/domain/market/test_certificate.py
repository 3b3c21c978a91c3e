from random import Random

import pytest

from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.certificate import upper_bound


def test_when_everyone_wins_the_bound_is_the_welfare():
    bids = [[Candidate("a", 5, 0, 1, (1,))], [Candidate("b", 7, 0, 1, (1,))]]
    assert upper_bound(bids, (2,), 12) == 12


def test_the_bound_never_exceeds_the_sum_of_all_amounts():
    assert upper_bound([[Candidate("a", 10**9, 0, 1, (1,))]], (1_000,), 0) == 10**9


def test_a_bid_that_cannot_fit_does_not_raise_the_bound():
    bids = [[Candidate("a", 5, 0, 1, (1,))], [Candidate("giant", 10**9, 0, 1, (3,))]]
    assert upper_bound(bids, (2,), 5) == 5


def test_the_alternatives_of_a_bid_count_once():
    bids = [[Candidate("a", 5, 0, 1, (1,)), Candidate("a", 3, 0, 1, (1,))]]
    assert upper_bound(bids, (2,), 0) == 5


@pytest.mark.parametrize("size", [300, 3_000])
def test_the_bound_is_close_to_the_fractional_optimum_with_and_without_sampling(size):
    random = Random(size)
    bids = [
        [Candidate(str(i), random.randint(10**6, 10**8), 0, 1, (random.randint(1, 1_000),))]
        for i in range(size)
    ]
    capacity = sum(bid[0].rates[0] for bid in bids) // 4
    room, optimum = capacity, 0.0  # the fractional optimum of one resource is greedy
    for bid in sorted(bids, key=lambda b: b[0].amount / b[0].rates[0], reverse=True):
        taken = min(1.0, room / bid[0].rates[0])
        optimum += taken * bid[0].amount
        room -= int(taken * bid[0].rates[0])
    bound = upper_bound(bids, (capacity,), 0)
    assert optimum <= bound * 1.000001
    assert bound < optimum * 1.02
