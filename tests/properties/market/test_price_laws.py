"""MARKET.md property 8, one step at a time: size, bounds and direction of a price move."""

from decimal import Decimal, localcontext

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.market.fixed_point import ONE, exponential_lower, scaled_by_exponential
from syntropism.domain.market.pricing import (
    PRICE_RULES,
    MarketObservation,
    exponential,
    stepwise,
)


@st.composite
def observations(draw, *, capacity_min: int = 0) -> MarketObservation:
    low = draw(st.integers(1_000, 10**13))
    high = low * draw(st.integers(1, 1_000))
    return MarketObservation(
        prices=(draw(st.sampled_from((low, high)) | st.integers(low, high)),),
        demand=(draw(st.integers(0, 10**8)),),
        occupied=(draw(st.integers(0, 10**8)),),
        capacity=(draw(st.sampled_from((1_000, 10**6)) | st.integers(capacity_min, 10**8)),),
        targets_permille=(draw(st.sampled_from((900, 1_500)) | st.integers(1, 3_000)),),
        min_prices=(low,),
        max_prices=(high,),
        step_permille=draw(st.integers(1, 999)),
    )


@given(seen=observations())
def test_the_logarithm_of_a_price_never_moves_by_more_than_eta(seen):
    (before,), (after,) = seen.prices, exponential(seen)
    with localcontext() as context:
        context.prec = 60
        step = (Decimal(seen.step_permille) / 1000).exp()
        assert before / step <= after <= before * step


@pytest.mark.parametrize("rule", PRICE_RULES.values(), ids=PRICE_RULES.keys())
@given(seen=observations())
def test_prices_stay_within_their_bounds(rule, seen):
    assert seen.min_prices[0] <= rule(seen)[0] <= seen.max_prices[0]


@pytest.mark.parametrize("rule", PRICE_RULES.values(), ids=PRICE_RULES.keys())
@given(seen=observations(), outside=st.integers(0, 10**18))
def test_a_price_outside_its_bounds_is_brought_back(rule, seen, outside):
    moved = rule(evolve(seen, prices=(outside,)))
    assert seen.min_prices[0] <= moved[0] <= seen.max_prices[0]


@given(seen=observations(capacity_min=1))
def test_a_price_rises_only_above_its_target_and_falls_only_below(seen):
    (before,), (after,) = seen.prices, exponential(seen)
    target = seen.targets_permille[0] * seen.capacity[0]
    wanted = seen.demand[0] * 1000
    if after > before:
        assert wanted > target
    if after < before:
        assert wanted < target


@given(seen=observations(), more=st.integers(1, 10**8))
def test_more_demand_never_lowers_the_next_price(seen, more):
    crowded = evolve(seen, demand=(seen.demand[0] + more,))
    assert exponential(crowded)[0] >= exponential(seen)[0]


@given(seen=observations(capacity_min=1))
def test_the_stepwise_rule_moves_up_ten_down_five_percent_or_not_at_all(seen):
    (before,), (after,) = seen.prices, stepwise(seen)
    utilization = Decimal(seen.occupied[0]) / seen.capacity[0]
    if utilization > Decimal("0.8"):
        expected = before * 110 // 100
    elif utilization < Decimal("0.2"):
        expected = -(-before * 95 // 100)
    else:
        expected = before
    assert after == max(seen.min_prices[0], min(expected, seen.max_prices[0]))


@given(exponent=st.integers(0, ONE))
def test_the_integer_exponential_is_exact_to_sixty_bits_and_never_above(exponent):
    with localcontext() as context:
        context.prec = 60
        exact = (Decimal(exponent) / ONE).exp() * ONE
        assert 0 <= exact - exponential_lower(exponent) < 32


@given(value=st.integers(0, 10**20), exponent=st.integers(-ONE, ONE))
def test_scaling_rounds_towards_the_old_value(value, exponent):
    scaled = scaled_by_exponential(value, exponent)
    with localcontext() as context:
        context.prec = 60
        exact = value * (Decimal(exponent) / ONE).exp()
        assert (value <= scaled <= exact) if exponent >= 0 else (exact <= scaled <= value)
        assert abs(exact - scaled) <= 1 + exact * 32 / ONE
