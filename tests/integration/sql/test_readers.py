"""Connections that only read are kept, shared out and replaced."""

from threading import Event, Thread

import pytest
from sqlalchemy.dialects import postgresql

from syntropism.adapters.sql import readers
from syntropism.adapters.sql.executions import _BY_ID
from syntropism.adapters.sql.transaction import _prepared
from syntropism.application.ports.unit_of_work import StorageFailed


def open_names(store) -> set[str]:
    with store(read_only=True) as uow:
        return {name for name in uow.ledger.all_balances() if len(name) == 3}


def test_each_reader_sees_what_was_committed_before_it(open_store):
    store = open_store()
    for number, name in enumerate(("ada", "bob", "eve"), 1):
        with store() as uow:
            uow.ledger.open_account(name)
            uow.commit()
        assert len(open_names(store)) == number


def test_one_connection_serves_one_reader_after_another(open_store):
    store = open_store()
    with store(read_only=True) as first:
        one = first._session.connection
        with store(read_only=True) as second:
            assert second._session.connection is not one
    seen = set()
    for _ in range(5):
        with store(read_only=True) as uow:
            seen.add(id(uow._session.connection))
    assert len(seen) == 1


def test_no_transaction_stays_open_between_readers(open_store):
    store = open_store()
    with store(read_only=True) as uow:
        uow.ledger.all_balances()
        driver = uow._session.driver
        assert driver.in_transaction
    assert not driver.in_transaction


def test_a_failed_question_leaves_the_connection_usable(open_store):
    store = open_store()
    for _ in range(readers.READERS_MAX + 1):
        with store(read_only=True) as uow, pytest.raises(StorageFailed, match="another schema"):
            uow.ledger._transaction.raw("SELECT one FROM elsewhere")
        with store(read_only=True) as uow, pytest.raises(StorageFailed, match="read-only"):
            uow.ledger.open_account("ada")
    assert open_names(store) == set()


def test_a_broken_connection_is_replaced(open_store):
    store = open_store()
    for _ in range(readers.READERS_MAX + 1):
        with store(read_only=True) as uow:
            uow._session.driver.close()
        assert open_names(store) == set()


def test_who_comes_when_all_places_are_taken_waits(open_store, monkeypatch):
    monkeypatch.setattr(readers, "READERS_MAX", 1)
    store, done = open_store(), Event()

    def ask():
        open_names(store)
        done.set()

    with store(read_only=True):
        waiting = Thread(target=ask)
        waiting.start()
        assert not done.wait(0.2)
    assert done.wait(10)
    waiting.join()


def test_who_waits_too_long_is_told(open_store, monkeypatch):
    monkeypatch.setattr(readers, "READERS_MAX", 1)
    monkeypatch.setattr(readers, "WAIT_SECONDS_MAX", 0.01)
    store = open_store()
    with store(read_only=True), pytest.raises(StorageFailed, match="have been reading"):
        store(read_only=True).__enter__()
    assert open_names(store) == set()


def test_a_prepared_question_locks_only_what_it_is_told_to_lock(open_store):
    """SQLite locks nothing by row; what others are told is looked at here."""
    dialect = postgresql.dialect()

    def told(*, locks: bool, skips: bool) -> str:
        return _prepared(_BY_ID, dialect, locks=locks, skips=skips)[0]

    assert "UPDATE" not in told(locks=False, skips=False)
    assert told(locks=True, skips=False).endswith("FOR NO KEY UPDATE")
    assert told(locks=True, skips=True).endswith("FOR NO KEY UPDATE SKIP LOCKED")
