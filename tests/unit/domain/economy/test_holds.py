"""A hold ends exactly once (law 4)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.economy.holds import Hold, HoldPurpose, HoldStatus
from syntropism.domain.errors import Conflict

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.integers(1, 100), st.data())
def test_how_a_hold_ended_tells_how_much_was_spent(amount, data):
    paid = data.draw(st.integers(0, amount))
    ended = Hold("h", "payer", amount, HoldPurpose.BID, "bid", NOW).ended(paid, NOW)
    expected = {0: HoldStatus.RETURNED, amount: HoldStatus.PAID}.get(paid, HoldStatus.SPLIT)
    assert (ended.status, ended.ended_at) == (expected, NOW)
    for again in (0, paid, amount):
        with pytest.raises(Conflict):
            ended.ended(again, NOW)


@pytest.mark.parametrize("paid", [-1, 11])
def test_no_more_than_the_hold_can_be_spent(paid):
    with pytest.raises(AssertionError):
        Hold("h", "payer", 10, HoldPurpose.PROMPT, "prompt", NOW).ended(paid, NOW)
