"""Connections are kept, shared out, bounded and replaced; the server's clock is the clock."""

import signal
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from tests.servers.postgres import PostgresServer, database_of
from tests.servers.proxy import Proxy

from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.server import ServerOptions
from syntropism.application.ports.unit_of_work import StorageFailed, TryAgain
from syntropism.application.retrying import retried
from syntropism.domain.events import Event as Told

MINE = "SELECT pid FROM pg_stat_activity WHERE application_name = 'syntropism'"


def happened(number: int) -> Told:
    return Told(f"{number:036d}", "market.bid.placed", datetime.now(UTC), {"n": number})


def opened(store, account: str) -> None:
    with store() as uow:
        uow.ledger.open_account(account)
        uow.commit()


def accounts(store) -> set[str]:
    with store(read_only=True) as uow:
        return {name for name in uow.ledger.all_balances() if len(name) == 3}


def test_time_is_the_servers_and_stands_still_in_a_transaction(store):
    with store() as uow:
        (server,) = uow._session.driver.execute("SELECT transaction_timestamp()").fetchone()
        assert abs((uow.now() - server).total_seconds()) < 0.5
        assert uow.now() == uow.now()
        assert uow.now().utcoffset().total_seconds() == 0


def test_a_clock_that_is_given_is_the_time_instead(open_store):
    clock = SimulatedClock()
    with open_store(clock=clock)() as uow:
        assert uow.now() == clock.now()


def test_one_connection_serves_one_transaction_after_another(store):
    opened(store, "ada")
    seen = set()
    for _ in range(5):
        with store() as uow:
            seen.add(uow._session.driver.info.backend_pid)
        with store(read_only=True) as uow:
            seen.add(uow._session.driver.info.backend_pid)
    assert len(seen) == 1


def test_no_transaction_stays_open_afterwards(store, postgres, postgres_url):
    opened(store, "ada")
    accounts(store)
    with store() as uow:
        uow.ledger.open_account("bob")
        uow.commit()
        uow.ledger.open_account("eve")
    states = postgres.run(MINE.replace("pid", "state", 1))
    assert {state for (state,) in states} == {"idle"}
    assert accounts(store) == {"ada", "bob"}


def test_who_comes_when_all_connections_are_taken_waits(open_store):
    store, done = open_store(options=ServerOptions(connections_max=1)), Event()
    with store():
        waiting = Thread(target=lambda: (accounts(store), done.set()))
        waiting.start()
        assert not done.wait(0.2)
    assert done.wait(10)
    waiting.join()


def test_who_waits_too_long_is_told(open_store):
    store = open_store(options=ServerOptions(connections_max=1, wait_ms=10))
    with store(), pytest.raises(StorageFailed, match=r"storage\.connections_max"):
        store(read_only=True).__enter__()
    assert accounts(store) == set()


def test_connections_that_broke_between_transactions_are_replaced(store, postgres):
    opened(store, "ada")
    with store(read_only=True), store(read_only=True), store(read_only=True):
        pass
    postgres.run(MINE.replace("pid", "pg_terminate_backend(pid)", 1))
    opened(store, "bob")
    assert accounts(store) == {"ada", "bob"}


def test_connections_cut_without_a_word_between_transactions_are_replaced(
    open_store, postgres, postgres_url
):
    way = Proxy("postgres", [("127.0.0.1", postgres.port)], "any")
    try:
        store = open_store(postgres_url.replace(f":{postgres.port}/", f":{way.port}/"))
        opened(store, "ada")
        way.cut()
        opened(store, "bob")
        assert accounts(store) == {"ada", "bob"}
        with store() as uow:
            way.cut()
            with pytest.raises(TryAgain):
                uow.ledger.open_account("eve")
        assert accounts(store) == {"ada", "bob"}
    finally:
        way.close()


def test_a_connection_lost_in_a_transaction_means_try_again(store, postgres):
    @retried
    def open_after(losses: list[int]) -> None:
        with store() as uow:
            uow.ledger.open_account("ada")
            if losses:
                postgres.run(f"SELECT pg_terminate_backend({uow._session.driver.info.backend_pid})")
                losses.pop()
            uow.ledger.open_account("bob")
            uow.commit()

    with pytest.raises(TryAgain, match="was lost"):
        open_after([1] * 20)
    assert accounts(store) == set()
    open_after([1, 1])
    assert accounts(store) == {"ada", "bob"}


def test_a_connection_lost_during_the_commit_is_told_and_not_tried_again(store, postgres):
    calls = []

    @retried
    def commit_lost() -> None:
        calls.append(1)
        with store() as uow:
            uow.ledger.open_account("ada")
            postgres.run(f"SELECT pg_terminate_backend({uow._session.driver.info.backend_pid})")
            uow.commit()

    with pytest.raises(StorageFailed, match="during a commit"):
        commit_lost()
    assert len(calls) == 1


def test_a_lock_that_is_not_to_be_had_is_told(open_store, store):
    opened(store, "ada")
    hasty = open_store(options=ServerOptions(lock_ms=100))
    with store() as uow:
        uow.ledger.balances(["ada"])
        with hasty() as other, pytest.raises(StorageFailed, match="a lock was not to be had"):
            other.ledger.balances(["ada"])


def test_a_statement_that_takes_too_long_is_told(open_store):
    hasty = open_store(options=ServerOptions(statement_ms=100))
    with hasty() as uow, pytest.raises(StorageFailed, match="statement_timeout"):
        uow.ledger._transaction.raw("SELECT pg_sleep(5)")
    assert accounts(hasty) == set()


def test_a_process_that_was_stopped_keeps_nobody_waiting_for_ever(open_store, store):
    opened(store, "ada")
    sleepy = open_store(options=ServerOptions(idle_ms=300))
    with sleepy() as stopped:
        stopped.ledger.balances(["ada"])
        with store() as uow:
            assert uow.ledger.balances(["ada"]) == {"ada": 0}  # waited, then got it
        with pytest.raises(TryAgain):
            stopped.ledger.balances(["ada"])


def test_a_failed_question_leaves_the_connection_usable(store):
    with store() as uow, pytest.raises(StorageFailed, match="another schema"):
        uow.ledger._transaction.raw("SELECT one FROM elsewhere")
    opened(store, "ada")
    assert accounts(store) == {"ada"}


def test_events_appear_in_the_order_of_their_numbers(store):
    """A transaction that began to tell first and commits last must not be skipped by a reader
    who has seen a later one: its numbers are given with the commit."""
    with store() as first:
        first.events.append([happened(1), happened(2)])
        with store_in_thread(store, [happened(3)]):
            pass
        with store(read_only=True) as uow:
            seen = uow.events.since(0, 9)
            assert [one.data["n"] for one in seen] == [3]
        first.commit()
    with store(read_only=True) as uow:
        later = uow.events.since(seen[-1].sequence, 9)
    assert [one.data["n"] for one in later] == [1, 2]


def store_in_thread(store, told):
    """Commits events from another thread, and waits for it."""

    class Done:
        def __enter__(self):
            def tell():
                with store() as uow:
                    uow.events.append(told)
                    uow.commit()

            thread = Thread(target=tell)
            thread.start()
            thread.join(10)
            assert not thread.is_alive()

        def __exit__(self, *_):
            return None

    return Done()


def test_a_reader_that_follows_the_numbers_skips_no_event(store):
    """Writers at once, each of several events, some rolled back; a reader goes on from the last
    number it has seen."""
    writers, rounds = 6, 25
    stop, seen = Event(), []

    def follow() -> None:
        last = 0
        while True:
            done = stop.is_set()
            with store(read_only=True) as uow:
                fresh = uow.events.since(last, 1_000)
            seen.extend(fresh)
            last = fresh[-1].sequence if fresh else last
            if done and not fresh:
                return

    def write(writer: int) -> None:
        for round_ in range(rounds):
            with store() as uow:
                number = (writer * rounds + round_) * 2
                uow.events.append([happened(number)])
                uow.ledger.open_account(f"account-{number % 7}")
                uow.events.append([happened(number + 1)])
                if round_ % 5:
                    uow.commit()

    reader = Thread(target=follow)
    threads = [Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reader.join()
    with store(read_only=True) as uow:
        everything = uow.events.since(0, 10_000)
    assert len(everything) == writers * rounds * 2 * 4 // 5
    assert seen == everything
    numbers = [one.data["n"] for one in everything]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    assert all(second == first + 1 for first, second in pairs), "a transaction was interleaved"


@pytest.fixture(scope="module")
def mortal():
    """A durable server that may be killed."""
    server = PostgresServer(durable=True)
    yield server
    server.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_is_restarted_has_lost_nothing(mortal, open_store, how):
    store = open_store(mortal.fresh())
    opened(store, "ada")
    with store() as uow:
        uow.ledger.open_account("bob")
        mortal.kill(how)
        with pytest.raises(StorageFailed):
            uow.commit()
    with pytest.raises(StorageFailed, match="see that the server runs"):
        accounts(store)
    mortal.start()
    assert accounts(store) == {"ada"}
    opened(store, "eve")
    assert accounts(store) == {"ada", "eve"}
    assert database_of(store.url.render_as_string())
