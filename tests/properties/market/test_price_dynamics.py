"""MARKET.md property 8, over many cycles: prices find the target, and follow values."""

from itertools import pairwise
from math import log
from random import Random

import pytest

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.costs import posted_cost
from syntropism.domain.market.demand import demand
from syntropism.domain.market.pricing import MarketObservation, exponential
from syntropism.domain.market.resources import NOTHING, Bundle

PARAMETERS = EconomicParameters()
BIDDERS = 300
SCARCE = (0, 1)
"""CPU is wanted four times over, memory three times; tokens and attention are plentiful."""


def population(seed: int) -> list[tuple[Bundle, int]]:
    """Bidders with a bundle and an amount around six times its cost at minimum prices."""
    random = Random(seed)
    bidders = []
    for _ in range(BIDDERS):
        bundle = Bundle(
            round(random.uniform(0.2, 4), 3), random.randint(32, 400), 10, random.choice((0, 500))
        )
        least = posted_cost(bundle, PARAMETERS.min_prices, PARAMETERS)
        bidders.append((bundle, int(least * 6 * random.lognormvariate(0, 0.7))))
    return bidders


def capacity_for(bidders: list[tuple[Bundle, int]]) -> tuple[int, ...]:
    wanted = [sum(bundle.rates[r] for bundle, _ in bidders) for r in range(4)]
    return (wanted[0] // 4, wanted[1] // 3, wanted[2] * 2, 1_000)


def simulate(bidders_of, capacity, prices, cycles, eta_permille=100):
    """Prices and demands of each cycle, and the prices after the last."""
    history = []
    for cycle in range(cycles):
        bids = [
            (
                Candidate(str(i), amount, 0, posted_cost(bundle, prices, PARAMETERS), bundle.rates),
                None,
            )
            for i, (bundle, amount) in enumerate(bidders_of(cycle))
        ]
        wanted = demand(bids, capacity, NOTHING)
        history.append((prices, wanted))
        prices = exponential(
            MarketObservation(
                prices=prices,
                demand=wanted,
                occupied=NOTHING,
                capacity=capacity,
                targets_permille=PARAMETERS.targets_permille,
                min_prices=PARAMETERS.min_prices,
                max_prices=PARAMETERS.max_prices,
                step_permille=eta_permille,
            )
        )
    return history, prices


def mean_load(history, capacity, r):
    """Mean demand in the last 200 cycles, as a fraction of the target."""
    target = capacity[r] * PARAMETERS.targets_permille[r] / 1000
    return sum(wanted[r] for _, wanted in history[-200:]) / 200 / target


def steps(history, r):
    prices = [prices[r] for prices, _ in history[-201:]]
    return [log(after / before) for before, after in pairwise(prices)]


def alternations(moves):
    return sum(a * b < 0 for a, b in pairwise(moves)) / (len(moves) - 1)


@pytest.mark.parametrize("seed", range(3))
def test_demand_of_the_same_bidders_settles_at_its_target_without_swinging(seed):
    bidders = population(seed)
    capacity = capacity_for(bidders)
    history, _ = simulate(lambda _: bidders, capacity, PARAMETERS.initial_prices, 400)
    for r in SCARCE:
        assert mean_load(history, capacity, r) == pytest.approx(1, abs=0.05)
        assert max(map(abs, steps(history, r))) < 0.005  # a single bidder's share, not ±η


@pytest.mark.parametrize("seed", range(3))
def test_demand_of_ever_new_bidders_stays_at_its_target_without_alternating(seed):
    capacity = capacity_for(population(seed))
    history, _ = simulate(
        lambda cycle: population(1_000 * (seed + 1) + cycle),
        capacity,
        PARAMETERS.initial_prices,
        400,
    )
    for r in SCARCE:
        assert mean_load(history, capacity, r) == pytest.approx(1, abs=0.05)
        assert alternations(steps(history, r)) < 0.7


def test_a_step_beyond_two_over_the_elasticity_does_swing():
    """The measure above can fail: with η far too large the steps alternate at full size."""
    bidders = population(0)
    history, _ = simulate(
        lambda _: bidders, capacity_for(bidders), PARAMETERS.initial_prices, 300, 4_000
    )
    assert max(map(abs, steps(history, 0))) > 0.5
    assert alternations(steps(history, 0)) > 0.7


def test_plentiful_resources_fall_to_their_minimum_price():
    bidders = population(0)
    _, prices = simulate(lambda _: bidders, capacity_for(bidders), PARAMETERS.max_prices, 200)
    assert prices[2:] == PARAMETERS.min_prices[2:]


@pytest.mark.parametrize("seed", range(3))
def test_doubling_all_values_doubles_prices_within_thirty_cycles(seed):
    bidders = population(seed)
    doubled = [(bundle, 2 * amount) for bundle, amount in bidders]
    capacity = capacity_for(bidders)
    _, before = simulate(lambda _: bidders, capacity, PARAMETERS.initial_prices, 400)
    _, after = simulate(lambda _: doubled, capacity, before, 30)
    assert after[0] / before[0] == pytest.approx(2, rel=0.05)

    def cost_of_all(prices):
        return sum(posted_cost(bundle, prices, PARAMETERS) for bundle, _ in bidders)

    assert cost_of_all(after) / cost_of_all(before) == pytest.approx(2, rel=0.05)
