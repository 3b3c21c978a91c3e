"""What the audit asks of every store: sums by course, the transfers of holds, the won windows."""

from attrs import evolve

from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN, TREASURY
from syntropism.domain.economy.flows import Flow, Party
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.market.bids import BidStatus


def test_flows_sum_every_transfer_by_kind_and_parties(town, uow):
    ada, bob = town.agent(uow, "ada", 100), town.agent(uow, "bob", 50)
    town.move(uow, ada.id, bob.id, 3)
    town.move(uow, bob.id, ada.id, 4)
    town.move(uow, MINT_HUMAN, ada.id, 9, TransferKind.REWARD)
    town.move(uow, MINT_GENESIS, TREASURY, 70, TransferKind.ENDOWMENT)
    town.move(uow, TREASURY, BURN, 1, TransferKind.PAYMENT)
    hold = town.hold(uow, ada.id, 5)
    town.move(uow, hold.account, BURN, 5, TransferKind.PAYMENT)
    assert set(uow.ledger.flows()) == {
        Flow(TransferKind.ENDOWMENT, Party.GENESIS, Party.AGENT, 2, 150),
        Flow(TransferKind.ENDOWMENT, Party.GENESIS, Party.TREASURY, 1, 70),
        Flow(TransferKind.TRANSFER, Party.AGENT, Party.AGENT, 2, 7),
        Flow(TransferKind.REWARD, Party.HUMANS, Party.AGENT, 1, 9),
        Flow(TransferKind.BID_HELD, Party.AGENT, Party.HOLD, 1, 5),
        Flow(TransferKind.PAYMENT, Party.HOLD, Party.BURN, 1, 5),
        Flow(TransferKind.PAYMENT, Party.TREASURY, Party.BURN, 1, 1),
    }


def test_an_empty_ledger_has_no_flows(uow):
    assert uow.ledger.flows() == []


def test_the_transfers_of_a_hold_are_those_in_and_out_oldest_first(town, uow):
    ada = town.agent(uow, credits=100)
    first, second, empty = (town.hold(uow, ada.id, amount) for amount in (20, 30, 0))
    paid = town.move(uow, first.account, BURN, 12, TransferKind.PAYMENT)
    rest = town.move(uow, first.account, ada.id, 8, TransferKind.BID_RETURNED)
    found = uow.ledger.of_holds([first.id, empty.id])
    assert list(found) == [first.id]
    assert [one.kind for one in found[first.id]] == [
        TransferKind.BID_HELD,
        TransferKind.PAYMENT,
        TransferKind.BID_RETURNED,
    ]
    assert found[first.id][1:] == [paid, rest]
    assert [one.credit for one in uow.ledger.of_holds([second.id])[second.id]] == [second.account]


def test_what_was_taken_back_is_not_among_the_transfers_of_a_hold(town):
    with town.store() as uow:
        ada = town.agent(uow, credits=100)
        hold = town.hold(uow, ada.id, 20)
        uow.commit()
    with town.store() as uow:
        town.move(uow, hold.account, BURN, 20, TransferKind.PAYMENT)
        assert len(uow.ledger.of_holds([hold.id])[hold.id]) == 2
    with town.store() as uow:
        assert len(uow.ledger.of_holds([hold.id])[hold.id]) == 1


def test_transfers_can_be_read_by_kind(town, uow):
    ada, bob = town.agent(uow, "ada", 100), town.agent(uow, "bob", 50)
    paid = [town.move(uow, ada.id, bob.id, amount) for amount in (1, 2, 3)]
    wanted = (TransferKind.TRANSFER, TransferKind.REFUND)
    assert uow.ledger.transfers_since(None, 10, wanted) == paid
    assert uow.ledger.transfers_since(paid[0].id, 1, wanted) == [paid[1]]
    assert uow.ledger.transfers_since(None, 10, ()) == []


def test_the_windows_of_bids(town, uow):
    ada, bob = town.agent(uow, "ada", 100), town.agent(uow, "bob", 100)
    won, lost = town.bid(uow, ada), town.bid(uow, bob)
    uow.bids.save([won.won(won.main.amount, 4, fallback=False), evolve(lost, age=1)])
    window = town.execution(uow, ada, won)
    assert uow.executions.of_bids([won.id, lost.id]) == [window]
    assert uow.executions.of_bids([lost.id]) == []
    assert uow.bids.get(lost.id).status is BidStatus.OPEN
