"""How PostgreSQL likes to be spoken to: arrays for sets, one statement for many rows."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from psycopg import Connection as Driver
from psycopg import Cursor, Error
from psycopg.pq import TransactionStatus
from sqlalchemy import Column, Connection, Table

from syntropism.adapters.sql.postgres_arrays import texts
from syntropism.adapters.sql.postgres_failures import PostgresTranslation
from syntropism.adapters.sql.postgres_statements import (
    changes,
    documents_of,
    insertion,
    ordered_insertion,
    sequence_of,
    together,
    with_text,
)
from syntropism.adapters.sql.transaction import ONCE, Change, Row, Transaction
from syntropism.domain.errors import NotFound

WRITE: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"

_LOCKS: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_LARGE_SETS: Final = (
    "SELECT set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true), "
    "set_config('statement_timeout', '1h', true)"
)
"""The planner knows nothing about what is inside of documents, and takes many rows for few."""


def begun(driver: "Driver[Any]") -> "Driver[Any]":
    """``driver`` in a transaction: what comes after a commit needs another one."""
    if driver.pgconn.transaction_status == TransactionStatus.IDLE:
        driver.execute(WRITE)
    return driver


class PostgresTransaction(Transaction):
    """A transaction on a PostgreSQL server."""

    def __init__(
        self,
        connection: Connection,
        driver: "Driver[Any]",
        cursor: "Cursor[Any]",
        translation: PostgresTranslation,
        now: Callable[[], datetime],
        *,
        read_only: bool,
    ) -> None:
        super().__init__(connection, driver, translation, now, read_only=read_only)
        self._cursor = cursor
        self._read_only = read_only

    def insert(
        self,
        table: Table,
        rows: Sequence[Row],
        encoded: frozenset[str] = frozenset(),
        *,
        once: bool = False,
    ) -> None:
        if rows:
            text, parameters = insertion(table, rows, encoded)
            self._run(text + ONCE if once else text, parameters)

    def update(self, table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
        if rows:
            text, parameters = changes(table, columns, rows)
            if self._run(text, parameters) != len(rows):
                raise NotFound(f"not every one of {len(rows)} rows of {table.name} is kept")

    def update_and_insert(
        self, changed: Sequence[Change], table: Table, rows: Sequence[Row]
    ) -> None:
        parts = [changes(*change) for change in changed if change[2]]
        parts.append(insertion(table, rows, frozenset()))
        parameters = [cell for _, given in parts for cell in given]
        self._run(together(*(text for text, _ in parts)), parameters)

    def keys(self, keys: Iterable[str]) -> Any:
        return texts(list(keys))

    def expect_large_sets(self) -> None:
        self._fetch(_LARGE_SETS, ())

    def alone(self, name: str) -> None:
        if not self._read_only:
            self._fetch(_LOCKS, (name,))

    def next_number(self, column: Column[Any]) -> int:
        return int(self._fetch("SELECT nextval(%s::regclass)", (sequence_of(column),))[0][0])

    def put_off_events(
        self, table: Table, rows: Iterable[Row], encoded: frozenset[str] = frozenset()
    ) -> bool:
        if self._read_only:
            return False
        documents = documents_of(table, encoded)
        self.put_off.extend([with_text(row, documents) for row in rows] if documents else rows)
        return True

    def write_put_off(self, table: Table) -> None:
        if self.put_off:
            self._run(*ordered_insertion(table, self.put_off))
            self.put_off.clear()

    def _fetch(self, text: str, parameters: Sequence[Any]) -> Sequence[Row]:
        try:
            begun(self._driver)
            return self._cursor.execute(text, parameters).fetchall()
        except Error as problem:
            raise self._translation.of(problem) from problem

    def _run(self, text: str, parameters: Sequence[Any]) -> int:
        try:
            begun(self._driver)
            return int(self._cursor.execute(text, parameters).rowcount)
        except Error as problem:
            raise self._translation.of(problem) from problem
