"""The ledger: double entry, no debt, and balances that the transfers explain."""

import pytest

from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN, TREASURY
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import InsufficientCredits, Invalid, NotFound


@pytest.fixture
def pair(town, uow):
    return town.agent(uow, "ada", 100).id, town.agent(uow, "bob", 50).id


def test_a_new_account_is_empty_and_opening_it_again_changes_nothing(town, uow, pair):
    ada, _ = pair
    uow.ledger.open_account("new")
    uow.ledger.open_account(ada)
    assert uow.ledger.balances(["new", ada]) == {"new": 0, ada: 100}


def test_balances_leave_out_accounts_that_do_not_exist(uow):
    assert uow.ledger.balances(["nobody", "hold:nothing"]) == {}


def test_a_transfer_moves_exactly_its_amount(town, uow, pair):
    ada, bob = pair
    town.move(uow, ada, bob, 30)
    assert uow.ledger.balances([bob, ada]) == {ada: 70, bob: 80}


def test_a_whole_balance_can_be_spent_and_not_one_more(town, uow, pair):
    ada, bob = pair
    with pytest.raises(InsufficientCredits):
        town.move(uow, ada, bob, 101)
    town.move(uow, ada, bob, 100)
    assert uow.ledger.balances([ada, bob]) == {ada: 0, bob: 150}


def test_transfers_of_one_batch_see_each_other_in_order(town, uow, pair):
    ada, bob = pair
    uow.ledger.post([town.transfer(ada, bob, 100), town.transfer(bob, ada, 150)])
    assert uow.ledger.balances([ada, bob]) == {ada: 150, bob: 0}


def test_a_batch_that_would_only_be_solvent_in_the_end_is_refused_whole(town, uow, pair):
    ada, bob = pair
    with pytest.raises(InsufficientCredits):
        uow.ledger.post([town.transfer(bob, ada, 60), town.transfer(ada, bob, 100)])
    assert uow.ledger.balances([ada, bob]) == {ada: 100, bob: 50}


@pytest.mark.parametrize("amount", [0, -1, -(10**30)])
def test_an_amount_that_is_not_positive_is_refused(town, uow, pair, amount):
    with pytest.raises(Invalid):
        town.move(uow, *pair, amount)


def test_a_transfer_to_oneself_is_refused(town, uow, pair):
    with pytest.raises(Invalid):
        town.move(uow, pair[0], pair[0], 1)


def test_an_account_that_was_never_opened_neither_pays_nor_receives(town, uow, pair):
    ada, _ = pair
    for debit, credit in ((ada, "nobody"), ("nobody", ada), (ada, "hold:nothing")):
        with pytest.raises(NotFound):
            town.move(uow, debit, credit, 1)
    assert uow.ledger.balances([ada]) == {ada: 100}


def test_a_refused_batch_leaves_no_trace(town, uow, pair):
    ada, bob = pair
    before = (uow.ledger.all_balances(), uow.ledger.history(None, 100), uow.ledger.totals())
    for last in (
        town.transfer(bob, ada, 10**6),
        town.transfer(bob, bob, 1),
        town.transfer(bob, "nobody", 1),
    ):
        with pytest.raises((InsufficientCredits, Invalid, NotFound)):
            uow.ledger.post([town.transfer(ada, bob, 1), town.transfer(ada, BURN, 2), last])
    after = (uow.ledger.all_balances(), uow.ledger.history(None, 100), uow.ledger.totals())
    assert after == before


def test_an_empty_batch_is_nothing(uow):
    uow.ledger.post([])
    assert uow.ledger.history(None, 10) == []


def test_mints_go_negative_and_burn_grows(town, uow, pair):
    ada, _ = pair
    town.move(uow, MINT_HUMAN, ada, 7, TransferKind.REWARD)
    town.move(uow, ada, BURN, 5, TransferKind.PAYMENT)
    town.move(uow, BURN, ada, 2, TransferKind.REFUND)
    assert uow.ledger.totals() == (157, 3)
    assert uow.ledger.balances([MINT_HUMAN, MINT_GENESIS, BURN]) == {
        MINT_HUMAN: -7,
        MINT_GENESIS: -150,
        BURN: 3,
    }


def test_the_treasury_keeps_a_balance_and_cannot_be_in_debt(town, uow):
    town.move(uow, MINT_GENESIS, TREASURY, 40)
    with pytest.raises(InsufficientCredits):
        town.move(uow, TREASURY, BURN, 41)
    assert uow.ledger.balances([TREASURY]) == {TREASURY: 40}


def test_a_hold_is_an_account_of_its_own(town, uow, pair):
    ada, _ = pair
    hold = town.hold(uow, ada, 40)
    assert uow.ledger.balances([ada, hold.account]) == {ada: 60, hold.account: 40}
    with pytest.raises(InsufficientCredits):
        town.move(uow, hold.account, BURN, 41)
    uow.ledger.post([town.transfer(hold.account, BURN, 25), town.transfer(hold.account, ada, 15)])
    assert uow.ledger.balances([ada, hold.account]) == {ada: 75, hold.account: 0}


def test_all_balances_sum_to_zero_and_equal_the_replay(town, uow, pair):
    ada, bob = pair
    hold = town.hold(uow, ada, 40)
    town.move(uow, bob, ada, 3)
    town.move(uow, ada, BURN, 9)
    every = uow.ledger.all_balances()
    assert sum(every.values()) == 0
    assert every[hold.account] == 40
    replayed = uow.ledger.replayed_balances()
    assert {name: every.get(name, 0) for name in replayed} == replayed
    assert all(name in replayed or balance == 0 for name, balance in every.items())
    assert uow.ledger.malformed_count() == 0


def test_history_is_newest_first_of_one_account_or_of_all(town, uow, pair):
    ada, bob = pair
    moves = [town.move(uow, *((ada, bob) if n % 2 else (bob, TREASURY)), 1) for n in range(6)]
    assert uow.ledger.history(ada, 3) == [moves[5], moves[3], moves[1]]
    assert uow.ledger.history(bob, 100)[:6] == moves[::-1]
    assert uow.ledger.history(None, 4) == moves[:1:-1]


def test_history_pages_without_gap_or_repetition(town, uow, pair):
    ada, bob = pair
    for n in range(5):
        town.move(uow, *((ada, bob) if n % 2 else (bob, ada)), 1)
    whole = uow.ledger.history(ada, 100)
    pages = uow.ledger.history(ada, 2)
    for _ in range(len(whole)):
        pages += uow.ledger.history(ada, 2, before=pages[-1].id)
    assert pages == whole


def test_transfers_since_are_oldest_first(town, uow, pair):
    moves = [town.move(uow, *pair, 1) for _ in range(4)]
    assert uow.ledger.transfers_since(moves[0].id, 2) == moves[1:3]
    assert uow.ledger.transfers_since(moves[3].id, 2) == []
    assert uow.ledger.transfers_since(None, 100)[-4:] == moves


def test_a_large_batch_is_applied_whole(town, uow, pair):
    ada, bob = pair
    uow.ledger.post([town.transfer(*(pair if n % 2 else pair[::-1]), 1) for n in range(3_000)])
    assert uow.ledger.balances(pair) == {ada: 100, bob: 50}
    assert len(uow.ledger.history(ada, 10_000)) == 3_001


def test_many_holds_are_settled_in_one_batch(town, uow):
    rich = town.agent(uow, "rich", 10_000).id
    holds = [town.hold(uow, rich, 5) for _ in range(500)]
    uow.ledger.post([town.transfer(hold.account, BURN, 5) for hold in holds])
    assert uow.ledger.totals() == (10_000, 2_500)
    assert set(uow.ledger.balances(hold.account for hold in holds).values()) == {0}
