"""What repositories share: the open transaction, and set-based reading and writing."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from json import loads
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    String,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.sql.compiler import SQLCompiler

from syntropism.adapters.sql.failures import Translating
from syntropism.adapters.sql.types import encode_json
from syntropism.domain.errors import NotFound

Row = Sequence[Any]
Change = tuple[Table, tuple[str, ...], Sequence[Row]]
"""A table, the columns to set, and rows as :meth:`Transaction.update` takes them."""

Processors = tuple[tuple[int, Callable[[Any], Any]], ...]

ONCE: Final = " ON CONFLICT DO NOTHING"
_MEMBERS: Final = {
    "sqlite": "IN (SELECT value FROM json_each(?))",
    "postgresql": "= ANY(?::text[])",
}

_COLLECTED: Final = {"sqlite": "json_group_array({})", "postgresql": "array_agg({})"}


class Transaction:
    """One open connection in one transaction, and how its database likes to be spoken to.

    The hot paths are ``insert``, ``update``, ``raw`` and ``prepared``: SQL handed straight to the
    driver, one statement for many rows. Everything else is ordinary SQLAlchemy Core.
    """

    def __init__(
        self,
        connection: Connection,
        driver: Any,
        translation: Translating,
        now: Callable[[], datetime],
        *,
        read_only: bool,
    ) -> None:
        self.connection = connection
        self.now = now
        self._driver = driver
        self._translation = translation
        self._dialect = connection.dialect
        self._locks = not read_only and connection.dialect.name != "sqlite"
        self.put_off: list[Row] = []
        """Rows of events that are written with the commit, where that is what orders them."""

    def all(self, statement: Select[Any]) -> Sequence[Row]:
        """Every row of the answer."""
        return self.connection.execute(statement).all()

    def first(self, statement: Select[Any]) -> Row | None:
        """The first row of the answer."""
        return self.connection.execute(statement).first()

    def value(self, statement: Select[Any]) -> Any:
        """The first column of the first row, or ``None``."""
        return self.connection.execute(statement).scalar()

    def locked(self, statement: Select[Any], *, skip: bool = False) -> Select[Any]:
        """The same rows, locked until the end of the transaction. SQLite has one writer at a
        time, and who only reads changes nothing, so nothing is added there. ``skip`` passes over
        rows that others hold."""
        if not self._locks:
            return statement
        return statement.with_for_update(skip_locked=skip, key_share=True)

    def among(self, column: Column[Any], keys: Iterable[str]) -> ColumnElement[bool]:
        """``column`` is one of ``keys``: one parameter, however many they are."""
        if self._dialect.name == "sqlite":
            listed = func.json_each(encode_json(list(keys))).table_valued("value")
            return column.in_(select(listed.c.value))
        return column == any_(bindparam(None, list(keys), ARRAY(String)))

    def insert(
        self,
        table: Table,
        rows: Sequence[Row],
        encoded: frozenset[str] = frozenset(),
        *,
        once: bool = False,
    ) -> None:
        """Adds rows, given in the order of the table's columns; documents in the columns
        ``encoded`` are JSON text already. With ``once`` rows that are there stay as they are."""
        if rows:
            text, processors = _insert(table, encoded, self._dialect)
            text += ONCE if once else ""
            self.connection.exec_driver_sql(text, _bound(rows, processors))

    def insert_columns(
        self, table: Table, columns: Sequence[Iterable[Any]], encoded: frozenset[str] = frozenset()
    ) -> None:
        """:meth:`insert` of rows that are still columns; some of those may have no end."""
        text, processors = _insert(table, encoded, self._dialect)
        cells = list(columns)
        for place, processor in processors:
            cells[place] = map(processor, cells[place])
        rows = list(zip(*cells, strict=False))
        if rows:
            self.connection.exec_driver_sql(text, rows)

    def update(self, table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
        """Sets ``columns`` of the rows whose key (the last cell of each row) is given.

        Raises:
            NotFound: one of the keys is not kept.
        """
        if rows:
            text, processors = _update(table, columns, self._dialect)
            result = self.connection.exec_driver_sql(text, _bound(rows, processors))
            if result.rowcount != len(rows):
                raise NotFound(f"not every one of {len(rows)} rows of {table.name} is kept")

    def update_and_insert(
        self, changed: Sequence[Change], table: Table, rows: Sequence[Row]
    ) -> None:
        """Both, at once where that is faster; the changed rows must be known to be there."""
        for change in changed:
            self.update(*change)
        self.insert(table, rows)

    def expect_large_sets(self) -> None:
        """What follows, until the end of the transaction, looks at everything there is."""

    def alone(self, name: str) -> None:
        """Waits until no other transaction has asked for ``name``, and keeps it until the end:
        a lock for what has no row yet. One writer at a time has it anyway."""

    def next_number(self, column: Column[Any]) -> int:
        """A number greater than every earlier one in ``column``."""
        return int(self.value(select(func.max(column))) or 0) + 1

    def put_off_events(
        self, table: Table, rows: Iterable[Row], encoded: frozenset[str] = frozenset()
    ) -> bool:
        """Whether ``rows`` are written with the commit, where that is what orders them."""
        return False

    def write_put_off(self, table: Table) -> None:
        """Writes now what was put off, for somebody who wants to read it."""

    def raw(self, template: str, *parameters: Any) -> Sequence[Row]:
        """The answer to SQL text: ``?`` marks a parameter, ``{members}`` a list of keys made by
        :meth:`keys`, ``{lock}`` where rows are locked."""
        return self._fetch(_text(template, self._dialect, locks=self._locks), parameters)

    def columns(self, names: Sequence[str], rest: str, *parameters: Any) -> list[list[Any]]:
        """The answer to ``SELECT names rest`` by column, for texts and integers: the database
        collects each into one value, which takes a third of the time of as many rows. ``rest``
        is SQL text as in :meth:`raw`."""
        collected = ", ".join(_COLLECTED[self._dialect.name].format(name) for name in names)
        query = f"SELECT {collected} FROM (SELECT {', '.join(names)} {rest}) AS found"
        (row,) = self.raw(query, *parameters)
        if self._dialect.name == "sqlite":
            return list(map(loads, row))
        return [column or [] for column in row]

    @property
    def dialect_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._dialect.name

    def prepared(
        self, statement: Select[Any], *parameters: Any, lock: bool = False, skip: bool = False
    ) -> Sequence[Row]:
        """The answer to a statement that is made once, at import: it is compiled once, too.
        ``parameters`` are for its ``bindparam``s, in their order in the text; ``lock`` locks
        the rows, and ``skip`` passes over some, as :meth:`locked` does."""
        text, binding, processors = _prepared(
            statement, self._dialect, locks=lock and self._locks, skips=skip
        )
        if binding:
            parameters = tuple(_decoded([parameters], binding)[0])
        rows = self._fetch(text, parameters)
        return _decoded(rows, processors) if processors else rows

    def _fetch(self, text: str, parameters: Sequence[Any]) -> Sequence[Row]:
        try:
            found: Sequence[Row] = self._driver.execute(text, parameters).fetchall()
            return found
        except sqlite3.Error as problem:
            raise self._translation.of(problem) from problem

    def keys(self, keys: Iterable[str]) -> Any:
        """Keys as the parameter behind ``{members}``."""
        listed = list(keys)
        return encode_json(listed) if self._dialect.name == "sqlite" else listed


def wanted_among(column: Column[Any], dialect: str) -> ColumnElement[bool]:
    """``column`` is one of the keys that :meth:`Transaction.keys` makes a parameter of, in a
    statement for :meth:`Transaction.prepared`."""
    wanted = bindparam("wanted", type_=Text)
    if dialect == "sqlite":
        return column.in_(select(func.json_each(wanted).table_valued("value").c.value))
    return column == any_(cast(wanted, ARRAY(Text)))


@cache
def _text(template: str, dialect: Dialect, *, locks: bool = False) -> str:
    text = template.format(
        members=_MEMBERS[dialect.name], lock="FOR NO KEY UPDATE" if locks else ""
    )
    return text if dialect.positional and dialect.paramstyle == "qmark" else text.replace("?", "%s")


@cache
def _prepared(
    statement: Select[Any], dialect: Dialect, *, locks: bool, skips: bool
) -> tuple[str, Processors, Processors]:
    locked = statement
    if locks:
        locked = statement.with_for_update(key_share=True, skip_locked=skips)
    found = []
    for place, column in enumerate(statement.selected_columns):
        processor = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if processor is not None:
            found.append((place, processor))
    compiled = locked.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    binding = []
    for place, name in enumerate(compiled.positiontup or ()):
        processor = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            binding.append((place, processor))
    return str(compiled), tuple(binding), tuple(found)


def _decoded(rows: Sequence[Row], processors: Processors) -> list[list[Any]]:
    """``rows`` as the columns mean them, or the driver wants them."""
    decoded = []
    for row in rows:
        cells = list(row)
        for place, processor in processors:
            cells[place] = processor(cells[place])
        decoded.append(cells)
    return decoded


@cache
def _insert(table: Table, encoded: frozenset[str], dialect: Dialect) -> tuple[str, Processors]:
    columns = [column for column in table.columns if column is not table.autoincrement_column]
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" * len(columns))
    text = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    processors = _processors(columns, dialect)
    return _text(text, dialect), tuple(
        one for one in processors if columns[one[0]].name not in encoded
    )


@cache
def _update(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, Processors]:
    (key,) = table.primary_key
    settings = ", ".join(f"{name} = ?" for name in columns)
    text = f"UPDATE {table.name} SET {settings} WHERE {key.name} = ?"
    return _text(text, dialect), _processors([*(table.c[name] for name in columns), key], dialect)


def _processors(columns: Sequence[Column[Any]], dialect: Dialect) -> Processors:
    found = []
    for place, column in enumerate(columns):
        processor = column.type.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            found.append((place, processor))
    return tuple(found)


def _bound(rows: Sequence[Row], processors: Processors) -> list[Any]:
    """``rows`` as the driver takes them; column by column, which is faster than row by row."""
    if not processors:
        return list(rows)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, processor in processors:
        columns[place] = list(map(processor, columns[place]))
    return list(zip(*columns, strict=True))
