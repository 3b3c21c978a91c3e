"""Batches of transfers: all or nothing, in order, never below zero (laws 1 and 3)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.economy.accounts import (
    BURN,
    DERIVED_ACCOUNTS,
    MINT_HUMAN,
    TREASURY,
    agent_account,
    hold_account,
    hold_of,
    is_hold,
)
from syntropism.domain.economy.flows import COURSES, Party, party_of
from syntropism.domain.economy.transfers import (
    Transfer,
    TransferKind,
    apply_transfers,
    undo_transfers,
)
from syntropism.domain.errors import InsufficientCredits, Invalid

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNTS = ("a", "b", "c", MINT_HUMAN, BURN)


def transfer(debit, credit, amount):
    return Transfer("t", debit, credit, amount, TransferKind.TRANSFER, NOW)


batches = st.lists(
    st.builds(
        transfer,
        st.sampled_from(ACCOUNTS),
        st.sampled_from(ACCOUNTS),
        st.integers(-1, 60),
    ),
    max_size=8,
)


def refused(balances, batch):
    """The same rule, said again: the first transfer that may not be, if there is one."""
    left = dict(balances)
    for one in batch:
        short = left[one.debit] < one.amount and one.debit not in DERIVED_ACCOUNTS
        if one.amount <= 0 or one.debit == one.credit or short:
            return True
        left[one.debit] -= one.amount
        left[one.credit] += one.amount
    return False


@given(batches)
def test_a_batch_is_all_or_nothing_and_conserves(batch):
    balances = {"a": 50, "b": 20, "c": 0, MINT_HUMAN: -70, BURN: 0}
    before = dict(balances)
    try:
        apply_transfers(balances, batch)
    except (Invalid, InsufficientCredits):
        assert refused(before, batch)
        assert balances == before
        return
    assert not refused(before, batch)
    assert sum(balances.values()) == 0
    assert all(balances[name] >= 0 for name in "abc")
    undo_transfers(balances, batch)
    assert balances == before


def test_an_unknown_account_leaves_no_trace():
    balances = {"a": 50, "b": 0}
    with pytest.raises(KeyError):
        apply_transfers(balances, [transfer("a", "b", 10), transfer("a", "nobody", 10)])
    assert balances == {"a": 50, "b": 0}


def test_credits_that_arrive_in_a_batch_can_be_spent_in_it_but_not_before():
    balances = {"a": 10, "b": 0, "c": 0}
    apply_transfers(balances, [transfer("a", "b", 10), transfer("b", "c", 10)])
    assert balances == {"a": 0, "b": 0, "c": 10}
    with pytest.raises(InsufficientCredits):
        apply_transfers(balances, [transfer("a", "b", 10), transfer("c", "a", 10)])


def test_a_refusal_names_the_figures():
    with pytest.raises(InsufficientCredits) as refusal:
        apply_transfers({"a": 1_500_000, "b": 0}, [transfer("a", "b", 2_000_000)])
    assert refusal.value.details == {"account_id": "a", "balance": "1.5", "needed": "2"}


def test_a_hold_is_an_account_of_its_own():
    account = hold_account("h")
    assert is_hold(account) and hold_of(account) == "h"
    assert not is_hold(agent_account("a")) and not is_hold(TREASURY)


def test_every_account_has_a_party_and_every_kind_a_course():
    assert [party_of(one) for one in (MINT_HUMAN, BURN, TREASURY, hold_account("h"), "a")] == [
        Party.HUMANS,
        Party.BURN,
        Party.TREASURY,
        Party.HOLD,
        Party.AGENT,
    ]
    assert set(COURSES) == set(TransferKind)


def test_only_rewards_and_endowments_draw_on_a_mint():
    drawing = {
        kind
        for kind, courses in COURSES.items()
        if any(debit in (Party.HUMANS, Party.GENESIS) for debit, _ in courses)
    }
    assert drawing == {TransferKind.REWARD, TransferKind.ENDOWMENT}
