"""How PostgreSQL likes to be spoken to: arrays for sets, one statement for many rows."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from psycopg import Connection as Driver
from psycopg import Error
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Table,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from syntropism.adapters.sql.postgres_failures import PostgresTranslation
from syntropism.adapters.sql.transaction import ONCE, Row, Transaction
from syntropism.adapters.sql.types import UtcDateTime, encode_json
from syntropism.domain.errors import NotFound

_DIALECT: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]

WRITE: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"

_KINDS: Final = (
    (JSON, "text"),
    (Boolean, "bool"),
    (BigInteger, "int8"),
    (Integer, "int8"),
    (LargeBinary, "bytea"),
    (DateTime, "timestamptz"),
    (UtcDateTime, "timestamptz"),
)
"""The elements of the array that carries a column; texts by default, so that what is too long is
refused and not cut."""

_LOCKS: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


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
        translation: PostgresTranslation,
        now: Callable[[], datetime],
        *,
        read_only: bool,
    ) -> None:
        super().__init__(connection, driver, translation, now, read_only=read_only)
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
            text, parameters = _changes(table, columns, rows)
            if self._run(text, parameters) != len(rows):
                raise NotFound(f"not every one of {len(rows)} rows of {table.name} is kept")

    def keys(self, keys: Iterable[str]) -> Any:
        return list(keys)

    def alone(self, name: str) -> None:
        if not self._read_only:
            self._fetch(_LOCKS, (name,))

    def next_number(self, column: Column[Any]) -> int:
        return int(self._fetch("SELECT nextval(%s::regclass)", (sequence_of(column),))[0][0])

    def put_off_events(
        self, table: Table, rows: Sequence[Row], encoded: frozenset[str] = frozenset()
    ) -> bool:
        if self._read_only:
            return False
        documents = _documents_of(table, encoded)
        self.put_off.extend([_encoded(row, documents) for row in rows] if documents else rows)
        return True

    def write_put_off(self, table: Table) -> None:
        if self.put_off:
            self._run(*ordered_insertion(table, self.put_off))
            self.put_off.clear()

    def _fetch(self, text: str, parameters: Sequence[Any]) -> Sequence[Row]:
        try:
            return begun(self._driver).execute(text, parameters).fetchall()
        except Error as problem:
            raise self._translation.of(problem) from problem

    def _run(self, text: str, parameters: Sequence[Any]) -> int:
        try:
            return int(begun(self._driver).execute(text, parameters).rowcount)
        except Error as problem:
            raise self._translation.of(problem) from problem


def sequence_of(column: Column[Any]) -> str:
    """The sequence that counts ``column`` up."""
    return f"{column.table.name}_{column.name}"


def insertion(
    table: Table, rows: Sequence[Row], encoded: frozenset[str]
) -> tuple[str, Sequence[Any]]:
    """The statement that adds ``rows``, given in the order of the table's columns, and its
    parameters."""
    one, many, documents = _inserts(table, encoded)
    if len(rows) == 1:
        return one, _encoded(rows[0], documents)
    return many, _columns(rows, documents)


def ordered_insertion(table: Table, rows: Sequence[Row]) -> tuple[str, Sequence[Any]]:
    """The same for a table that numbers its rows, in the order of ``rows`` (whose documents are
    text) and of the commits: who has numbered keeps others from numbering until its transaction
    has ended."""
    return _ordered(table), _columns(rows, ())


@cache
def _inserts(table: Table, encoded: frozenset[str]) -> tuple[str, str, tuple[int, ...]]:
    columns = _given(table)
    names = ", ".join(column.name for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    arrays, cells = _unnested(columns)
    return (
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",
        f"INSERT INTO {table.name} ({names}) SELECT {cells} FROM {arrays}",
        _documents(columns, encoded),
    )


@cache
def _ordered(table: Table) -> str:
    columns = _given(table)
    names = ", ".join(column.name for column in columns)
    arrays = ", ".join(f"%s::{_kind(column)}[]" for column in columns)
    cells = ", ".join(_cell(place, column) for place, column in enumerate(columns))
    aliases = ", ".join(f"c{place}" for place in range(len(columns)))
    return (
        f"WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('{table.name}'))) "
        f"INSERT INTO {table.name} ({names}) SELECT {cells} FROM alone, "
        f"unnest({arrays}) WITH ORDINALITY AS given({aliases}, place) ORDER BY place"
    )


def _changes(
    table: Table, columns: tuple[str, ...], rows: Sequence[Row]
) -> tuple[str, Sequence[Any]]:
    one, many, documents = _updates(table, columns)
    if len(rows) == 1:
        return one, _encoded(rows[0], documents)
    return many, _columns(rows, documents)


@cache
def _updates(table: Table, columns: tuple[str, ...]) -> tuple[str, str, tuple[int, ...]]:
    (key,) = table.primary_key
    changed = [table.c[name] for name in columns]
    arrays, _ = _unnested([*changed, key])
    settings = ", ".join(
        f"{column.name} = {_cell(place, column)}" for place, column in enumerate(changed)
    )
    return (
        f"UPDATE {table.name} SET {', '.join(f'{name} = %s' for name in columns)} "
        f"WHERE {key.name} = %s",
        f"UPDATE {table.name} SET {settings} FROM {arrays} WHERE {key.name} = c{len(changed)}",
        _documents([*changed, key]),
    )


def _given(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column is not table.autoincrement_column]


def _unnested(columns: Sequence[Column[Any]]) -> tuple[str, str]:
    """Arrays as the rows of a table ``given``, and its cells."""
    arrays = ", ".join(f"%s::{_kind(column)}[]" for column in columns)
    aliases = ", ".join(f"c{place}" for place in range(len(columns)))
    cells = ", ".join(_cell(place, column) for place, column in enumerate(columns))
    return f"unnest({arrays}) AS given({aliases})", cells


def _kind(column: Column[Any]) -> str:
    for kind, name in _KINDS:
        if isinstance(column.type, kind):
            return name
    return "text"


def _cell(place: int, column: Column[Any]) -> str:
    return f"c{place}::{_document_kind(column)}" if isinstance(column.type, JSON) else f"c{place}"


def _document_kind(column: Column[Any]) -> str:
    return "jsonb" if isinstance(column.type.dialect_impl(_DIALECT), JSONB) else "json"


@cache
def _documents_of(table: Table, encoded: frozenset[str]) -> tuple[int, ...]:
    return _documents(_given(table), encoded)


def _documents(
    columns: Sequence[Column[Any]], encoded: frozenset[str] = frozenset()
) -> tuple[int, ...]:
    """Where documents are that have yet to become text."""
    return tuple(
        place
        for place, column in enumerate(columns)
        if isinstance(column.type, JSON) and column.name not in encoded
    )


def _encoded(row: Row, documents: tuple[int, ...]) -> Sequence[Any]:
    if not documents:
        return row
    cells = list(row)
    for place in documents:
        if cells[place] is not None:
            cells[place] = encode_json(cells[place])
    return cells


def _columns(rows: Sequence[Row], documents: tuple[int, ...]) -> list[list[Any]]:
    columns = list(map(list, zip(*rows, strict=True)))
    for place in documents:
        columns[place] = [None if cell is None else encode_json(cell) for cell in columns[place]]
    return columns
