"""Statements that carry many rows at once: one array per column."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Table,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from syntropism.adapters.sql.postgres_arrays import WRITERS
from syntropism.adapters.sql.transaction import Row
from syntropism.adapters.sql.types import UtcDateTime, encode_json

Writer = Callable[[Any], str]

_DIALECT: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]

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
        return one, with_text(rows[0], documents)
    return many, _columns(rows, documents, _writers_of(table))


def ordered_insertion(table: Table, rows: Sequence[Row]) -> tuple[str, Sequence[Any]]:
    """The same for a table that numbers its rows, in the order of ``rows`` (whose documents are
    text) and of the commits: who has numbered keeps others from numbering until its transaction
    has ended."""
    return _ordered(table), _columns(rows, (), _writers_of(table))


@cache
def together(*texts: str) -> str:
    """Statements as one; the last one may not need what the others do."""
    *first, last = texts
    if not first:
        return last
    parts = ", ".join(f"part_{place} AS ({text})" for place, text in enumerate(first))
    return f"WITH {parts} {last}"


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


def changes(
    table: Table, columns: tuple[str, ...], rows: Sequence[Row]
) -> tuple[str, Sequence[Any]]:
    """The statement that sets ``columns`` of the rows whose key is the last cell, and its
    parameters."""
    one, many, documents, writers = _updates(table, columns)
    if len(rows) == 1:
        return one, with_text(rows[0], documents)
    return many, _columns(rows, documents, writers)


@cache
def _updates(
    table: Table, columns: tuple[str, ...]
) -> tuple[str, str, tuple[int, ...], tuple[Writer, ...]]:
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
        tuple(WRITERS[_kind(column)] for column in (*changed, key)),
    )


@cache
def _writers_of(table: Table) -> tuple[Writer, ...]:
    return tuple(WRITERS[_kind(column)] for column in _given(table))


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
def documents_of(table: Table, encoded: frozenset[str]) -> tuple[int, ...]:
    """Where the rows of ``table`` have documents that have yet to become text."""
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


def with_text(row: Row, documents: tuple[int, ...]) -> Sequence[Any]:
    """``row`` with its ``documents`` as text."""
    if not documents:
        return row
    cells = list(row)
    for place in documents:
        if cells[place] is not None:
            cells[place] = encode_json(cells[place])
    return cells


def _columns(
    rows: Sequence[Row], documents: tuple[int, ...], writers: tuple[Writer, ...]
) -> list[str]:
    """``rows`` as one array per column."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place in documents:
        columns[place] = [None if cell is None else encode_json(cell) for cell in columns[place]]
    return [write(cells) for write, cells in zip(writers, columns, strict=True)]
