"""The ledger on SQLite against the ``sqlite3`` module alone, both with ``synchronous=FULL``.

Both sides write the same rows into the same schema (10,000 accounts, its indexes and checks)
from transfers that are prepared beforehand, refuse an overdraft at any point in order, and end
in a conservation check. One transfer per transaction, then 1,000.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from harness import Row, Side, compare, main
from ledger_cases import ACCOUNTS, BALANCE, NOW, batches, by_store, found

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.sql.types import encode_moment
from syntropism.adapters.system.clock import SystemClock

INSERT = "INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
GIVE = "UPDATE accounts SET balance = balance - ?, updated_at = ? WHERE id = ?"
TAKE = "UPDATE accounts SET balance = balance + ?, updated_at = ? WHERE id = ?"
SELECT = "SELECT id, balance FROM accounts WHERE id IN (SELECT value FROM json_each(?))"
SET = "UPDATE accounts SET balance = ?, updated_at = ? WHERE id = ?"

RawBatch = list[tuple[str, str, str, int, str, str, str, str]]


def raw_single(connection: sqlite3.Connection, work: list[RawBatch]) -> None:
    """Statements; the CHECK of the table refuses an overdraft."""
    now = encode_moment(NOW)
    for batch in work:
        connection.execute("BEGIN IMMEDIATE")
        for row in batch:
            connection.execute(GIVE, (row[3], now, row[1]))
            connection.execute(TAKE, (row[3], now, row[2]))
            connection.execute(INSERT, row)
        connection.execute("COMMIT")


def raw_set_based(connection: sqlite3.Connection, work: list[RawBatch]) -> None:
    """Balances read once, checked in order in a dict, and written once."""
    now = encode_moment(NOW)
    for batch in work:
        connection.execute("BEGIN IMMEDIATE")
        touched = {row[1] for row in batch} | {row[2] for row in batch}
        balances = dict(connection.execute(SELECT, (json.dumps(list(touched)),)))
        for _, debit, credit, amount, *_ in batch:
            if amount <= 0 or debit == credit or balances[debit] < amount:
                raise ValueError(debit)
            balances[debit] -= amount
            balances[credit] += amount
        connection.executemany(SET, [(left, now, name) for name, left in balances.items()])
        connection.executemany(INSERT, batch)
        connection.execute("COMMIT")


def conserved(connection: sqlite3.Connection) -> None:
    """The check that both sides end in: what accounts hold is what was endowed."""
    total = connection.execute("SELECT sum(balance) FROM accounts").fetchone()[0]
    assert total == ACCOUNTS * BALANCE, total


class Contest:
    """Two databases that start alike; each repetition has fresh transfers for both sides."""

    def __init__(self, folder: Path, transactions: int, size: int) -> None:
        self._chance = Random(7)
        self._transactions, self._size = transactions, size
        self._stores, self._names, self._connections = {}, {}, {}
        for side in ("ours", "raw"):
            store = SqlStore(f"sqlite:///{folder}/{side}.db", SystemClock())
            self._names[side] = found(store)
            self._stores[side] = store
            connection = sqlite3.connect(folder / f"{side}.db", isolation_level=None)
            for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
                connection.execute(f"PRAGMA {pragma}")
            self._connections[side] = connection

    def ours(self) -> float:
        """One repetition of the adapter."""
        work = batches(self._names["ours"], self._chance, self._transactions, self._size)
        start = perf_counter()
        by_store(self._stores["ours"], work)
        conserved(self._connections["ours"])
        return perf_counter() - start

    def raw(self, how: Callable[[sqlite3.Connection, list[RawBatch]], None]) -> Side:
        """One repetition of the driver alone."""

        def side() -> float:
            prepared = batches(self._names["raw"], self._chance, self._transactions, self._size)
            now = encode_moment(NOW)
            work: list[RawBatch] = [
                [
                    (one.id, one.debit, one.credit, one.amount, one.kind.value, now, "", "")
                    for one in batch
                ]
                for batch in prepared
            ]
            start = perf_counter()
            how(self._connections["raw"], work)
            conserved(self._connections["raw"])
            return perf_counter() - start

        return side


def rows(short: bool) -> Iterator[Row]:
    """One transfer per transaction, and 1,000."""
    for name, size, transactions, how, target in (
        ("one per transaction", 1, 1_000, raw_single, 2.5),
        ("1,000 per transaction", 1_000, 20, raw_set_based, 1.5),
    ):
        transactions = max(1, transactions // 4) if short else transactions
        with TemporaryDirectory() as folder:
            contest = Contest(Path(folder), transactions, size)
            yield compare(
                name,
                contest.ours,
                contest.raw(how),
                target=target,
                items=size * transactions,
                short=short,
            )


if __name__ == "__main__":
    main(__doc__, rows)
