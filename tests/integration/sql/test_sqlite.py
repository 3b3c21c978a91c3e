"""What SQLite is told to do, and what must survive it."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from random import Random
from time import sleep

import pytest
from sqlalchemy.exc import IntegrityError

from syntropism.adapters.sql import failures
from syntropism.adapters.sql.tables import metadata
from syntropism.domain.economy.accounts import MINT_GENESIS
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.population.agents import Agent

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_connections_are_durable_checked_and_patient(open_store):
    store = open_store()
    for read_only, durability in ((False, 2), (True, 1)):
        with store(read_only=read_only) as uow:
            told = {
                name: uow._session.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
            }
        assert told["journal_mode"] == "wal"
        assert told["foreign_keys"] == 1
        assert told["busy_timeout"] >= 5_000
        assert told["synchronous"] == 2, durability


def test_everything_is_there_after_reopening(open_store):
    store = open_store()
    agent = Agent("a" * 36, "ada", "poet", None, 0, 1, NOW)
    with store() as uow:
        uow.agents.add(agent)
        uow.ledger.open_account(agent.id)
        transfer = Transfer("t" * 36, MINT_GENESIS, agent.id, 7, TransferKind.ENDOWMENT, NOW)
        uow.ledger.post([transfer])
        uow.commit()
    store.close()
    with open_store()(read_only=True) as uow:
        assert uow.agents.get(agent.id) == agent
        assert uow.ledger.history(agent.id, 9) == [transfer]
        assert uow.ledger.balances([agent.id]) == {agent.id: 7}


def test_a_closed_store_opens_again_when_it_is_used(open_store):
    store = open_store()
    store.close()
    with store() as uow:
        uow.ledger.open_account("ada")
        uow.commit()


def test_readers_do_not_wait_for_the_writer(open_store):
    store = open_store()
    with store() as writing:
        writing.ledger.open_account("ada")
        with store(read_only=True) as reading:
            assert "ada" not in reading.ledger.all_balances()
            writing.commit()
            assert "ada" not in reading.ledger.all_balances()
    with store(read_only=True) as reading:
        assert "ada" in reading.ledger.all_balances()


def test_a_failed_begin_lets_the_next_one_write(open_store, monkeypatch):
    store = open_store()
    monkeypatch.setattr(store.sessions, "_writers", None)
    with pytest.raises(AttributeError), store():
        pass
    monkeypatch.undo()
    with store() as uow:
        uow.ledger.open_account("ada")
        uow.commit()


def test_what_refers_to_nothing_is_refused(open_store):
    with open_store()() as uow:
        orphan = Agent("b" * 36, "bob", "poet", "nobody", 1, 1, NOW)
        with pytest.raises(NotFound), uow.savepoint():
            uow.agents.add(orphan)
        with pytest.raises(NotFound):
            uow.agents.save([orphan])


@pytest.mark.parametrize("amount", [2**63, 2**63 - 1, 2**100])
def test_an_amount_that_no_column_holds_is_refused(open_store, amount):
    with open_store()() as uow:
        uow.ledger.open_account("ada")
        uow.ledger.post([Transfer("1", MINT_GENESIS, "ada", 1, TransferKind.ENDOWMENT, NOW)])
        with pytest.raises(Invalid, match="too large"):
            uow.ledger.post(
                [Transfer("2", MINT_GENESIS, "ada", amount, TransferKind.ENDOWMENT, NOW)]
            )
        assert uow.ledger.balances(["ada"]) == {"ada": 1}


def test_a_moment_without_zone_is_a_bug_of_ours(open_store):
    with open_store()() as uow, pytest.raises(ValueError, match="no time zone"):
        uow.agents.add(Agent("c" * 36, "cyd", "", None, 0, 1, datetime(2026, 1, 1)))


NAMED = [
    (table.name, constraint.name)
    for table in metadata.tables.values()
    for constraint in (*table.constraints, *table.indexes)
]


def test_every_constraint_has_a_name_by_the_convention():
    for table, name in NAMED:
        assert name.startswith(tuple(f"{kind}_{table}" for kind in ("pk", "fk", "ck", "idx")))
    assert len({name for _, name in NAMED}) == len(NAMED)


def test_every_refusal_names_a_constraint_that_exists():
    assert {name for _, name in NAMED} >= set(failures._REFUSALS)


def test_every_unique_index_has_its_own_refusal():
    unique = {
        index.name for table in metadata.tables.values() for index in table.indexes if index.unique
    }
    assert unique - {"idx_events_id"} <= set(failures._REFUSALS)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE accounts SET balance = -1", "a balance would become negative"),
        (
            "INSERT INTO transfers VALUES ('t', 'ada', 'bob', 0, 'transfer', 'now', '', '')",
            "amount must be greater than zero",
        ),
        (
            "INSERT INTO transfers VALUES ('t', 'ada', 'ada', 1, 'transfer', 'now', '', '')",
            "cannot transfer to oneself",
        ),
    ],
)
def test_the_database_itself_refuses_what_the_laws_forbid(open_store, statement, refusal):
    """A bug of ours that passed by the ledger would stop here."""
    with open_store()() as uow:
        uow.ledger.open_account("ada")
        with pytest.raises(Exception, match=refusal) as caught:
            uow._session.connection.exec_driver_sql(statement)
        assert not isinstance(caught.value, IntegrityError)


PLANS = {
    "bids frozen": ("SELECT id FROM bids WHERE frozen_cycle = 3 ORDER BY sequence", "SEARCH"),
    "one open bid": (
        "SELECT id FROM bids WHERE bids.status = 'open' AND agent_id = 'x'",
        "idx_bids_agent_id_open",
    ),
    "burned": ("SELECT sum(amount) FROM transfers WHERE credit = 'burn'", "COVERING INDEX"),
    "replay": ("SELECT debit, sum(amount) FROM transfers GROUP BY debit", "COVERING INDEX"),
    "history": (
        "SELECT * FROM transfers WHERE debit = 'x' ORDER BY id DESC LIMIT 9",
        "idx_transfers_debit",
    ),
    "lease": (
        "SELECT id FROM executions WHERE executions.status IN ('queued', 'leased', 'running') "
        "AND status = 'queued' ORDER BY id LIMIT 2",
        "idx_executions_status_unfinished",
    ),
    "inbox": (
        "SELECT id FROM messages WHERE recipient = 'x' ORDER BY id DESC LIMIT 9",
        "idx_messages_recipient",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_what_is_asked_often_is_answered_from_an_index(open_store, name):
    query, sign = PLANS[name]
    with open_store()(read_only=True) as uow:
        plan = uow._session.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
    told = " ".join(str(row[3]) for row in plan)
    assert sign in told
    assert "TEMP B-TREE" not in told


SPENDER = """
import sys
from uuid import UUID
from itertools import count
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.store import SqlStore
from syntropism.domain.economy.transfers import Transfer, TransferKind
store = SqlStore(sys.argv[1], SimulatedClock(), synchronous="NORMAL")
for number in count():
    with store() as uow:
        now = uow.now()
        uow.ledger.post([
            Transfer(str(UUID(int=int(sys.argv[2]) << 64 | number << 8 | step)), debit, credit, 1,
                     TransferKind.TRANSFER, now)
            for step, (debit, credit) in enumerate([("ada", "bob"), ("bob", "cyd"), ("cyd", "ada")])
        ])
        uow.commit()
    print(number, flush=True)
"""


def test_writers_killed_at_random_leave_whole_transactions(url, open_store):
    store = open_store()
    with store() as uow:
        for number, name in enumerate(("ada", "bob", "cyd")):
            uow.ledger.open_account(name)
            uow.ledger.post(
                [Transfer(f"{number}", MINT_GENESIS, name, 50, TransferKind.ENDOWMENT, NOW)]
            )
        uow.commit()
    chance, acknowledged = Random(7), 0
    for attempt in range(1, 5):
        writer = subprocess.Popen(
            [sys.executable, "-c", SPENDER, url, str(attempt)], stdout=subprocess.PIPE, text=True
        )
        acknowledged += 1 + int(writer.stdout.readline())
        sleep(chance.random() * 0.2)
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += len(writer.communicate()[0].split())
        with store(read_only=True) as uow:
            written = len(uow.ledger.history(None, 10**6)) - 3
            assert written % 3 == 0
            assert 0 <= written // 3 - acknowledged <= attempt
            assert uow.ledger.balances(["ada", "bob", "cyd"]) == dict.fromkeys(
                ("ada", "bob", "cyd"), 50
            )
            assert uow.ledger.all_balances() == uow.ledger.replayed_balances() | {
                "burn": 0,
                "mint:human": 0,
            }
