"""The ledger on PostgreSQL against ``psycopg`` alone, on one server that this script starts.

Both sides write the same rows into the same schema (10,000 accounts, its indexes and checks) from
transfers that are prepared beforehand, lock accounts in the order of their ids, refuse an
overdraft at any point in order, and end in a conservation check. Durable as it is installed
(``fsync`` on). One transfer per transaction, then 1,000.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import psycopg
from harness import Row, Side, compare, main
from ledger_cases import ACCOUNTS, BALANCE, NOW, batches, by_store, found

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.servers.postgres import PostgresServer

from syntropism.adapters.sql.store import SqlStore

INSERT = "INSERT INTO transfers VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
GIVE = "UPDATE accounts SET balance = balance - %s, updated_at = %s WHERE id = %s"
TAKE = "UPDATE accounts SET balance = balance + %s, updated_at = %s WHERE id = %s"
LOCK = "SELECT id, balance FROM accounts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
SET = (
    "UPDATE accounts SET balance = b, updated_at = %s "
    "FROM unnest(%s::text[], %s::int8[]) AS given(i, b) WHERE id = i"
)
INSERT_SET = (
    "INSERT INTO transfers SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int8[], "
    "%s::text[], %s::timestamptz[], %s::text[], %s::text[])"
)

RawBatch = list[tuple[Any, ...]]
Connection = psycopg.Connection[Any]


def raw_single(connection: Connection, work: list[RawBatch]) -> None:
    """Statements, in the order of the accounts; the CHECK of the table refuses an overdraft."""
    for batch in work:
        connection.execute("BEGIN")
        for row in batch:
            give, take = (GIVE, (row[3], NOW, row[1])), (TAKE, (row[3], NOW, row[2]))
            for statement, parameters in (give, take) if row[1] < row[2] else (take, give):
                connection.execute(statement, parameters)
            connection.execute(INSERT, row)
        connection.execute("COMMIT")


def raw_set_based(connection: Connection, work: list[RawBatch]) -> None:
    """Balances read once, checked in order in a dict, and written once."""
    for batch in work:
        connection.execute("BEGIN")
        touched = {row[1] for row in batch} | {row[2] for row in batch}
        balances = dict(connection.execute(LOCK, (list(touched),)).fetchall())
        for _, debit, credit, amount, *_ in batch:
            if amount <= 0 or debit == credit or balances[debit] < amount:
                raise ValueError(debit)
            balances[debit] -= amount
            balances[credit] += amount
        connection.execute(SET, (NOW, list(balances), list(balances.values())))
        connection.execute(INSERT_SET, list(map(list, zip(*batch, strict=True))))
        connection.execute("COMMIT")


def conserved(connection: Connection) -> None:
    """The check that both sides end in: what accounts hold is what was endowed."""
    (total,) = connection.execute("SELECT sum(balance) FROM accounts").fetchone() or (None,)
    assert total == ACCOUNTS * BALANCE, total


class Contest:
    """Two databases that start alike; each repetition has fresh transfers for both sides."""

    def __init__(self, server: PostgresServer, transactions: int, size: int) -> None:
        self._chance = Random(7)
        self._transactions, self._size = transactions, size
        self._stores, self._names, self._connections = {}, {}, {}
        for side in ("ours", "raw"):
            url = server.fresh()
            store = SqlStore(url)
            self._names[side] = found(store)
            self._stores[side] = store
            connection: Connection = psycopg.connect(url, autocommit=True)
            connection.execute("VACUUM ANALYZE")
            self._connections[side] = connection

    def ours(self) -> float:
        """One repetition of the adapter."""
        work = batches(self._names["ours"], self._chance, self._transactions, self._size)
        start = perf_counter()
        by_store(self._stores["ours"], work)
        conserved(self._connections["ours"])
        return perf_counter() - start

    def raw(self, how: Callable[[Connection, list[RawBatch]], None]) -> Side:
        """One repetition of the driver alone."""

        def side() -> float:
            prepared = batches(self._names["raw"], self._chance, self._transactions, self._size)
            work: list[RawBatch] = [
                [
                    (one.id, one.debit, one.credit, one.amount, one.kind.value, NOW, "", "")
                    for one in batch
                ]
                for batch in prepared
            ]
            start = perf_counter()
            how(self._connections["raw"], work)
            conserved(self._connections["raw"])
            return perf_counter() - start

        return side

    def close(self) -> None:
        """Lets the connections go."""
        for side in ("ours", "raw"):
            self._stores[side].close()
            self._connections[side].close()


def rows(short: bool) -> Iterator[Row]:
    """One transfer per transaction, and 1,000."""
    server = PostgresServer(durable=True)
    try:
        for name, size, transactions, how, target in (
            ("one per transaction", 1, 1_000, raw_single, 1.5),
            ("1,000 per transaction", 1_000, 20, raw_set_based, 1.3),
        ):
            transactions = max(1, transactions // 4) if short else transactions
            contest = Contest(server, transactions, size)
            yield compare(
                name,
                contest.ours,
                contest.raw(how),
                target=target,
                items=size * transactions,
                short=short,
            )
            contest.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main(__doc__, rows)
