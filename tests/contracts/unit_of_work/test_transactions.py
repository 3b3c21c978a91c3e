"""The unit of work: explicit commit, rollback by default, one writer at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread

import pytest

from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain.economy.accounts import MINT_GENESIS
from syntropism.domain.errors import InsufficientCredits, Invalid
from syntropism.domain.market.resources import RESOURCES


def balance(town, account: str) -> int:
    with town.store(read_only=True) as uow:
        return uow.ledger.balances([account]).get(account, 0)


@pytest.fixture
def pair(town):
    """Two agents with 1,000 each, committed."""
    with town.store() as uow:
        agents = [town.agent(uow, name, 1_000).id for name in ("ada", "bob")]
        uow.commit()
    return agents


def test_what_is_committed_is_seen_by_the_next_transaction(town, pair):
    assert balance(town, pair[0]) == 1_000


def test_leaving_without_commit_undoes_everything(town, pair):
    with town.store() as uow:
        agent = town.agent(uow, "ghost", 5)
        bid = town.bid(uow, uow.agents.get(pair[0]))
        uow.bids.freeze(1)
        town.execution(uow, uow.agents.get(pair[1]))
    with town.store(read_only=True) as uow:
        assert uow.agents.get(agent.id) is None
        assert uow.bids.get(bid.id) is None
        assert uow.bids.all_open() == []
        assert uow.executions.unfinished() == []
        assert uow.holds.all_open() == []
        assert uow.ledger.balances([*pair, agent.id]) == dict.fromkeys(sorted(pair), 1_000)
        assert uow.ledger.totals() == (2_000, 0)


def test_an_exception_passes_through_and_undoes_everything(town, pair):
    def move_and_fail() -> None:
        with town.store() as uow:
            town.move(uow, *pair, 10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        move_and_fail()
    assert balance(town, pair[0]) == 1_000


def test_what_comes_after_the_commit_needs_another(town, pair):
    with town.store() as uow:
        town.move(uow, *pair, 10)
        uow.commit()
        town.move(uow, *pair, 100)
    assert balance(town, pair[0]) == 990


def test_a_transaction_sees_its_own_writes(town, pair):
    with town.store() as uow:
        town.move(uow, *pair, 10)
        assert uow.ledger.balances([pair[0]]) == {pair[0]: 990}


def test_a_savepoint_is_undone_alone(town, pair):
    def overspend_after(uow) -> None:
        with uow.savepoint():
            town.move(uow, *pair, 10)
            town.move(uow, *pair, 10_000)

    with town.store() as uow:
        town.move(uow, *pair, 1)
        with uow.savepoint():
            town.move(uow, *pair, 100)
        with pytest.raises(InsufficientCredits):
            overspend_after(uow)
        with uow.savepoint(), pytest.raises(InsufficientCredits):
            overspend_after(uow)
        uow.commit()
    assert balance(town, pair[0]) == 899


def test_an_outer_savepoint_undoes_an_inner_one_that_succeeded(town, pair):
    def fail_outside(uow) -> None:
        with uow.savepoint():
            with uow.savepoint():
                town.move(uow, *pair, 200)
            raise KeyError

    with town.store() as uow:
        with pytest.raises(KeyError):
            fail_outside(uow)
        uow.commit()
    assert balance(town, pair[0]) == 1_000


def test_after_a_refusal_the_transaction_goes_on(town, pair):
    with town.store() as uow:
        with pytest.raises(Invalid):
            town.move(uow, pair[0], pair[0], 1)
        town.move(uow, *pair, 1)
        uow.commit()
    assert balance(town, pair[0]) == 999


@pytest.mark.parametrize(
    "write",
    [
        lambda town, uow, ada: uow.ledger.open_account("new"),
        lambda town, uow, ada: town.move(uow, MINT_GENESIS, ada, 1),
        lambda town, uow, ada: uow.agents.save([uow.agents.get(ada).dormant()]),
        lambda town, uow, ada: town.bid(uow, uow.agents.get(ada)),
        lambda town, uow, ada: uow.market.save(1, RESOURCES, (1, 1, 1, 1), (1, 1, 1, 1)),
    ],
)
def test_a_read_only_transaction_refuses_to_write(town, pair, write):
    before = balance(town, pair[0])
    with town.store(read_only=True) as uow, pytest.raises(StorageFailed, match="read-only"):
        write(town, uow, pair[0])
    with town.store() as uow:
        assert uow.ledger.balances([pair[0], "new"]) == {pair[0]: before}
        town.move(uow, *pair, 1)
        uow.commit()


def test_now_is_the_time_of_the_stores_clock(town):
    with town.store() as uow:
        before = uow.now()
        town.clock.sleep(5)
        assert (uow.now() - before).total_seconds() == 5
        assert uow.now().utcoffset().total_seconds() == 0


def test_concurrent_writers_lose_no_update(town, pair):
    """Read, think, write: what eight threads do at once must add up."""
    together = Barrier(8)

    def spend(worker: int) -> None:
        together.wait()
        for _ in range(20):
            with town.store() as uow:
                left = uow.ledger.balances(pair)
                assert sum(left.values()) == 2_000
                town.move(uow, *(pair if worker % 2 else pair[::-1]), 1 + worker // 2)
                uow.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(spend, range(8)))
    assert [balance(town, account) for account in pair] == [1_000, 1_000]
    with town.store(read_only=True) as uow:
        assert len(uow.ledger.history(pair[0], 999)) == 161


def test_one_balance_is_spent_once_however_many_try(town, pair):
    together = Barrier(6)

    def spend(_: int) -> bool:
        together.wait()
        try:
            with town.store() as uow:
                town.move(uow, *pair, 1_000)
                uow.commit()
        except InsufficientCredits:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(spend, range(6))) == 1
    assert balance(town, pair[0]) == 0


def test_a_reader_never_sees_half_a_transaction(town, pair):
    stop = Event()

    def shuffle() -> None:
        while not stop.is_set():
            with town.store() as uow:
                town.move(uow, *pair, 1)
                town.move(uow, *pair[::-1], 1)
                uow.commit()

    writer = Thread(target=shuffle)
    writer.start()
    try:
        for _ in range(50):
            with town.store(read_only=True) as uow:
                assert sum(uow.ledger.all_balances().values()) == 0
                assert uow.ledger.balances(pair) == dict.fromkeys(sorted(pair), 1_000)
    finally:
        stop.set()
        writer.join()


def test_a_nested_transaction_is_a_bug_of_ours(town):
    with town.store(), pytest.raises(AssertionError), town.store():
        pass
    with town.store() as uow:
        uow.ledger.open_account("still works")
        uow.commit()
