"""Costs and reserves: rounding, monotonicity, and no loophole in short windows."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.costs import billed_ms, cost, posted_cost, reserve
from syntropism.domain.market.resources import Bundle, fits
from syntropism.testing.strategies_market import bundles, prices

PARAMETERS = EconomicParameters()


@given(bundle=bundles(), posted=prices(PARAMETERS))
def test_the_posted_cost_is_the_exact_cost_rounded_up_once(bundle, posted):
    billed = max(bundle.duration_seconds, 10)
    exact = sum(
        Fraction(price, 10**12) * Fraction(rate, 1000)
        for price, rate in zip(posted, bundle.rates, strict=True)
    )
    exact *= Fraction(str(billed)) * 1_000_000
    assert 0 <= posted_cost(bundle, posted, PARAMETERS) - exact < 1


@given(bundle=bundles(), shorter=st.integers(1, 10_000))
def test_shortening_a_window_below_a_cycle_never_lowers_its_reserve(bundle, shorter):
    def lasting(duration_ms: int) -> Bundle:
        return Bundle.of_milli(bundle.cpu_ms, bundle.memory_milli_mb, duration_ms, bundle.tokens, 0)

    a_cycle = lasting(PARAMETERS.cycle_ms)
    assert reserve(lasting(shorter), PARAMETERS) >= reserve(a_cycle, PARAMETERS)


@given(small=bundles(), large=bundles(), posted=prices(PARAMETERS))
def test_less_of_everything_never_costs_more(small, large, posted):
    if fits(small.rates, large.rates) and small.duration_ms <= large.duration_ms:
        assert posted_cost(small, posted, PARAMETERS) <= posted_cost(large, posted, PARAMETERS)


@given(bundle=bundles(), posted=prices(PARAMETERS))
def test_no_window_costs_less_than_its_fee_and_minimum_prices(bundle, posted):
    at_minimum = reserve(bundle, PARAMETERS)
    assert PARAMETERS.window_fee < at_minimum
    assert at_minimum <= PARAMETERS.window_fee + posted_cost(bundle, posted, PARAMETERS)


@given(bundle=bundles(), power=st.integers(1, 3))
def test_the_unit_of_a_resource_does_not_change_its_cost(bundle, power):
    unit = 10**power
    price = 7_000_000_000
    rates = bundle.rates
    billed = billed_ms(bundle.duration_ms, PARAMETERS.cycle_ms)
    coarse = cost(rates, billed, (price,) * 4)
    finer = (rates[0], rates[1] * unit, rates[2], rates[3])
    assert cost(finer, billed, (price, price // unit, price, price)) == coarse


def test_the_smallest_bundle_is_a_bundle_one_may_ask_for():
    assert PARAMETERS.smallest_bundle == Bundle("0.1", 32, 10)
