import pytest

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import quote
from syntropism.domain.market.costs import billed_ms, cost, posted_cost, reserve
from syntropism.domain.market.resources import Bundle

PARAMETERS = EconomicParameters()


def test_the_smallest_reserve_is_twelve_point_one_credits():
    assert reserve(PARAMETERS.smallest_bundle, PARAMETERS) == 12_100_000


def test_the_reserve_of_the_first_bid_is_eighteen_point_two_credits():
    assert reserve(Bundle(1, 64, 10), PARAMETERS) == 18_200_000


def test_a_burst_is_billed_a_whole_cycle_and_a_long_window_its_length():
    assert billed_ms(100, 10_000) == 10_000
    assert billed_ms(25_000, 10_000) == 25_000


def test_each_resource_is_counted_at_its_own_price():
    # 10 s of: 0.2 cores at 5, 100 MB at 0.005, 30 tokens/s at 0.01, 1 slot at 2
    bundle = Bundle(2, 100, 10, tokens=300, attention_share=1)
    assert posted_cost(bundle, PARAMETERS.min_prices, PARAMETERS) == (
        10_000_000 + 5_000_000 + 3_000_000 + 20_000_000
    )


def test_the_cost_is_rounded_up_once_not_per_resource():
    # three resources at 0.3 micro-credits each: 0.9 together, where rounding each gives 3
    assert cost((1, 1, 1), 1_000, (300_000_000,) * 3) == 1
    assert cost((1,), 1_000, (1_000_000_000,)) == 1
    assert cost((1,), 1_000, (1_000_000_001,)) == 2


def test_a_quote_names_posted_cost_reserve_and_billed_time():
    offered = quote(Bundle(1, 64, 5), PARAMETERS.initial_prices, PARAMETERS)
    # 0.2 cores and 64 MB for a whole cycle: 10 + 3.2 at minimum prices, twice that as posted
    assert offered.reserve == 10_000_000 + 13_200_000
    assert offered.posted_cost == 26_400_000
    assert offered.billed_ms == 10_000


@pytest.mark.parametrize("prices", [(0, 0, 0, 0), (999, 10**9, 10**9, 10**9), (10**9,) * 3])
def test_minimum_prices_that_would_stick_or_are_missing_are_refused(prices):
    with pytest.raises(ValueError, match=r"min_prices|Length|must be >= 1000"):
        EconomicParameters(min_prices=prices)
