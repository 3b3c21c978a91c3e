"""Credits at the edges: exact decimals in, exact decimals out, nothing in between."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syntropism.domain.credits import (
    AMOUNT_MAX,
    MICRO,
    Credits,
    format_micro,
    parse_micro,
    positive_micro,
)
from syntropism.domain.errors import Invalid

amounts = st.integers(-AMOUNT_MAX, AMOUNT_MAX)


@given(amounts)
@example(0)
@example(-1)
@example(AMOUNT_MAX)
def test_what_is_formatted_is_parsed_back(micro):
    assert parse_micro(format_micro(micro)) == micro
    assert parse_micro(Credits(micro).decimal) == micro


@given(st.integers(-(2**33) * MICRO, 2**33 * MICRO))
def test_json_numbers_are_exact_below_two_to_the_33(micro):
    assert parse_micro(Credits(micro).json) == micro


@given(st.integers(-(10**16), 10**16).filter(lambda number: number % 10))
def test_a_seventh_decimal_is_refused(number):
    with pytest.raises(Invalid):
        parse_micro(Decimal(number).scaleb(-7))


@pytest.mark.parametrize(
    "value",
    [
        "NaN", "inf", "-Infinity", float("nan"), float("inf"), Decimal("sNaN"), "", " ", "1,5",
        "1_000", "0x10", "1e400", "1e-7", "٣", True, None, [], b"1", "1.0000001", 2**53,
        "9007199254.740993", "--1", "1e", "." ,
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_not_an_amount_is_refused_by_name(value):
    with pytest.raises(Invalid) as refusal:
        parse_micro(value, "price")
    assert refusal.value.details["field"] == "price"


@given(st.text(max_size=40))
def test_no_text_does_anything_but_parse_or_be_refused(text):
    try:
        micro = parse_micro(text)
    except Invalid:
        return
    assert Fraction(micro, MICRO) == Fraction(Decimal(text.strip()))


@pytest.mark.parametrize("value", [0, "0.000000", -1, "-0.000001"])
def test_positive_means_above_zero(value):
    with pytest.raises(Invalid):
        positive_micro(value)


@given(amounts, st.fractions() | st.integers(-1000, 1000))
def test_times_a_number_rounds_down_to_a_micro_credit(micro, factor):
    assert (Credits(micro) * factor).micro == floor(micro * Fraction(factor))


@given(amounts, st.floats(-1e6, 1e6))
def test_times_a_float_means_its_shortest_decimal(micro, factor):
    assert Credits(micro) * factor == Credits(floor(micro * Fraction(str(factor))))


@given(amounts, amounts, amounts)
def test_sums_are_exact(a, b, c):
    left = (Credits(a) + Credits(b)) + Credits(c)
    assert left == Credits(a) + (Credits(b) + Credits(c))
    assert left - Credits(c) - Credits(b) == Credits(a)
    assert -Credits(a) + Credits(a) == 0
