"""A quota is never promised twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.errors import InsufficientCredits, Invalid
from syntropism.domain.execution.meters import Meter


@given(st.integers(0, 100), st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=20))
def test_used_and_reserved_never_exceed_the_quota_by_reserving(quota, steps):
    meter, open_ = Meter(quota), []
    for reserving, amount in steps:
        if reserving:
            if amount > meter.left:
                with pytest.raises(InsufficientCredits):
                    meter.reserve(amount)
                continue
            meter = meter.reserve(amount)
            open_.append(amount)
        elif open_:
            reserved = open_.pop()
            meter = meter.settle(reserved, min(amount, reserved))
        assert 0 <= meter.used + meter.reserved <= quota
        assert meter.reserved == sum(open_)


def test_what_was_used_beyond_the_reservation_counts():
    meter = Meter(10).reserve(4).settle(4, 12)
    assert (meter.used, meter.reserved, meter.left) == (12, 0, -2)
    with pytest.raises(InsufficientCredits):
        meter.reserve(0)


def test_a_reservation_is_settled_once_and_is_not_negative():
    with pytest.raises(Invalid):
        Meter(10).reserve(-1)
    with pytest.raises(AssertionError):
        Meter(10).reserve(4).settle(4, 4).settle(4, 4)
