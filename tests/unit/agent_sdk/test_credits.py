"""Money in the SDK is exact, and agrees with the domain's."""

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.agent_sdk.syntropism_sdk import Bundle, Credits, cost
from syntropism.domain.credits import Credits as DomainCredits

micros = st.integers(-(2**53), 2**53)
factors = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.decimals(-(10**6), 10**6, allow_nan=False, places=12),
)


@given(micros)
def test_text_and_json_hold_every_micro_credit(micro):
    amount = Credits.of_micro(micro)
    assert Credits(str(amount)) == amount
    assert Credits(amount.json) == amount
    assert Credits(amount.decimal).micro == micro
    assert str(amount) == str(DomainCredits(micro))


@given(micros, micros)
def test_adding_and_subtracting_is_exact(a, b):
    assert (Credits.of_micro(a) + Credits.of_micro(b)).micro == a + b
    assert (Credits.of_micro(a) - Credits.of_micro(b)).micro == a - b


@given(micros, factors)
def test_multiplying_rounds_down_as_the_domain_does(micro, factor):
    product = Credits.of_micro(micro) * factor
    exact = micro * Fraction(str(factor))
    assert product.micro <= exact < product.micro + 1
    assert product.micro == (DomainCredits(micro) * factor).micro


@given(micros, micros)
def test_order_and_hash_are_those_of_the_numbers(a, b):
    left, right = Credits.of_micro(a), Credits.of_micro(b)
    assert (left < right, left <= right, left == right) == (a < b, a <= b, a == b)
    assert (left > right, left >= right) == (a > b, a >= b)
    assert (left == right.decimal) == (a == b)
    assert hash(left) == hash(left.decimal)
    assert (left == DomainCredits(b)) == (a == b)


@pytest.mark.parametrize(
    "value", ["0.0000001", "nan", "inf", float("nan"), float("inf"), True, None, "", "1e400", [1]]
)
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(ValueError, match="not a"):
        Credits(value)


def test_mixed_arithmetic_with_plain_numbers():
    assert 1 + Credits("0.1") == Decimal("1.1")
    assert 1 - Credits("0.1") == 0.9
    assert sum([Credits("0.1")] * 10) == 1
    assert max(Credits(2), 3) == 3
    assert 0.5 * Credits("0.000001") == 0
    assert -Credits(1) == -1
    assert not Credits(0)
    assert Credits(1) != "1"


def test_an_amount_does_not_change():
    amount = Credits(1)
    with pytest.raises(AttributeError):
        amount.micro = 2
    assert copy.deepcopy(amount) == pickle.loads(pickle.dumps(amount)) == amount


MINIMUM = {
    "cpu_cores": Decimal(5),
    "memory_mb": Decimal("0.005"),
    "tokens_per_second": Decimal("0.01"),
    "attention_slots": Decimal(2),
}


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        (Bundle(0.1, 32, 10), "12.1"),
        (Bundle(0.5, 64, 10), "15.7"),
        (Bundle(1, 64, 10), "18.2"),
        (Bundle(0.5, 64, 10, attention_share=1), "35.7"),
        (Bundle(0.5, 64, 5), "18.2"),  # half the time at twice the rate, a whole cycle billed
        (Bundle(0.1, 32, 3, tokens=1), "13.3334"),  # rates round up to a thousandth
    ],
)
def test_reserves_are_those_of_the_rules(bundle, expected):
    assert cost(bundle, MINIMUM, 10, 10) == Credits(expected)


def test_bundles_are_values():
    bundle = Bundle(0.5, 64, 10, attention_share=1)
    assert bundle.without_attention() == Bundle(0.5, 64, 10)
    assert Bundle.from_document(bundle.document) == bundle
    assert Bundle.from_document(
        {"cpu_seconds": Decimal("0.5"), "memory_mb": 64, "duration_seconds": Decimal("10.0")}
    ) == Bundle(0.5, 64, 10)
    with pytest.raises(AttributeError):
        bundle.tokens = 3
