"""One whole cycle of 100,000 bids on PostgreSQL against the SQL that stores the same rows.

Ours runs open, freeze, clear, settle, collect, reprice, cull and close through the commands, with
no sandboxes. The baseline replays, in two transactions with ``psycopg`` alone, set-based
(``unnest``), exactly the rows that the same cycle left behind; it neither thinks (clearing,
payments, certificate) nor makes objects, and locks nothing. For want of a harder measure, the
second row has what was added lie ready as the text of the server itself, for COPY. Both work on a
server of this script's own, as durable as it is installed, on databases copied for every run.
"""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg
from cycle_sqlite import ADDED, CHANGED, Town
from harness import Row, compare, main
from psycopg.types.string import TextLoader

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.servers.postgres import PostgresServer

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.sql.tables import metadata
from syntropism.entrypoints.collecting import collect_seldom

Connection = psycopg.Connection[Any]


def connect(url: str) -> Connection:
    """A connection that gives documents as their text."""
    connection: Connection = psycopg.connect(url, autocommit=True)
    for name in ("json", "jsonb"):
        connection.adapters.register_loader(name, TextLoader)
    return connection


def carry_over(path: Path, url: str) -> None:
    """Copies every row of a SQLite file: one command after another founds a crowd much faster
    there, and the crowd is not what is measured."""
    here, there = sqlite3.connect(path), connect(url)
    for table in metadata.sorted_tables:
        truths = [n for n, one in enumerate(table.columns) if one.type.python_type is bool]
        names = ", ".join(column.name for column in table.columns)
        statement = f"COPY {table.name} ({names}) FROM STDIN"
        with there.cursor() as cursor, cursor.copy(statement) as copy:
            for row in here.execute(f"SELECT {names} FROM {table.name}"):
                cells = list(row)
                for place in truths:
                    cells[place] = None if cells[place] is None else bool(cells[place])
                copy.write_row(cells)
    for counter, column in (("bids_sequence", "bids"), ("events_sequence_seq", "events")):
        there.execute(f"SELECT setval('{counter}', (SELECT max(sequence) FROM {column}))")
    there.execute("VACUUM ANALYZE")
    there.close()
    here.close()


def columns_of(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Names of the columns of a table, and their types as arrays are declared."""
    return connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (table,),
    ).fetchall()


class Replay:
    """The rows that a cycle left behind, and the SQL that stores them again."""

    def __init__(self, before: str, after: str) -> None:
        earlier, later = connect(before), connect(after)
        self._added = [self._addition(earlier, later, table) for table in ADDED]
        self._changed = {table: self._change(earlier, later, table) for table in CHANGED}
        self._ready = {table: self._lines(earlier, later, table) for table in ADDED}
        earlier.close()
        later.close()

    @staticmethod
    def _addition(earlier: Connection, later: Connection, table: str) -> tuple[str, list[Any]]:
        columns = columns_of(later, table)
        known = set(earlier.execute(f"SELECT * FROM {table}").fetchall())
        rows = [row for row in later.execute(f"SELECT * FROM {table}") if row not in known]
        arrays = ", ".join(f"%s::{_carried(kind)}[]" for _, kind in columns)
        names = ", ".join(f"c{place}" for place in range(len(columns)))
        cells = ", ".join(f"c{place}::{kind}" for place, (_, kind) in enumerate(columns))
        statement = f"INSERT INTO {table} SELECT {cells} FROM unnest({arrays}) AS given({names})"
        return statement, _turned(rows)

    @staticmethod
    def _lines(earlier: Connection, later: Connection, table: str) -> bytes:
        """The added rows as the server itself writes them for COPY."""

        def lines(connection: Connection) -> list[bytes]:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
                return b"".join(copy).splitlines(keepends=True)

        known = set(lines(earlier))
        return b"".join(line for line in lines(later) if line not in known)

    @staticmethod
    def _change(earlier: Connection, later: Connection, table: str) -> tuple[str, list[Any]]:
        columns = columns_of(later, table)
        before = {row[0]: row for row in earlier.execute(f"SELECT * FROM {table}").fetchall()}
        rows = [row for row in later.execute(f"SELECT * FROM {table}") if row != before[row[0]]]
        if table == "bids":
            rows = [row for row in rows if "won" in row]
        places = [
            place
            for place in range(1, len(columns))
            if any(row[place] != before[row[0]][place] for row in rows)
        ]
        settings = ", ".join(f"{columns[place][0]} = c{place}" for place in places)
        arrays = ", ".join(f"%s::{_carried(columns[place][1])}[]" for place in (*places, 0))
        names = ", ".join(f"c{place}" for place in (*places, 0))
        statement = (
            f"UPDATE {table} SET {settings} FROM unnest({arrays}) AS given({names}) WHERE id = c0"
        )
        return statement, _turned([(*(row[place] for place in places), row[0]) for row in rows])

    def run(self, connection: Connection, *, copies: bool) -> None:
        """Freezes, settles and closes; what is added goes there as arrays, or by COPY, ready."""
        execute = connection.execute
        execute("UPDATE bids SET frozen_cycle = 1 WHERE status = 'open'")
        execute("BEGIN")
        execute(*self._changed["bids"])
        execute(
            "UPDATE bids SET age = age + 1, frozen_cycle = NULL, updated_at = now() "
            "WHERE frozen_cycle = 1 AND status = 'open'"
        )
        for table in ("holds", "accounts"):
            execute(*self._changed[table])
        if copies:
            for table, lines in self._ready.items():
                with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(lines)
        else:
            for statement, arrays in self._added:
                if arrays:
                    execute(statement, arrays)
        execute("COMMIT")


def _carried(kind: str) -> str:
    return "text" if kind in ("json", "jsonb") or kind.startswith("character") else kind


def _turned(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return list(map(list, zip(*rows, strict=True)))


def rows(short: bool) -> Iterator[Row]:
    """The whole cycle, by the clock on the wall: half of the work is the server's."""
    collect_seldom()  # as the process that runs cycles does
    bids = 20_000 if short else 100_000
    server = PostgresServer(durable=True)

    def copied(template: str) -> str:
        url = server.copy(template)
        server.run("CHECKPOINT")
        return url

    def lived(url: str) -> float:
        store = SqlStore(url)
        town = Town(store, bids)
        start = perf_counter()
        town.live()
        spent = perf_counter() - start
        store.close()
        return spent

    try:
        before = server.fresh()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "before.db"
            founded = SqlStore(f"sqlite:///{path}")
            Town(founded, bids).populate(bids)
            founded.close()
            carry_over(path, before)
        after = copied(before)
        lived(after)
        replay = Replay(before, after)

        def our_cycle() -> float:
            url = copied(before)
            spent = lived(url)
            server.drop(url)
            return spent

        def raw_cycle(*, copies: bool) -> float:
            url = copied(before)
            connection = connect(url)
            start = perf_counter()
            replay.run(connection, copies=copies)
            spent = perf_counter() - start
            connection.close()
            server.drop(url)
            return spent

        name = f"cycle of {bids:,} bids"
        for how, copies, target in (("", False, 2.0), (", against ready COPY", True, None)):
            yield compare(
                name + how,
                our_cycle,
                partial(raw_cycle, copies=copies),
                target=target,
                items=bids,
                repetitions=5,
                short=short,
            )
    finally:
        server.stop()


if __name__ == "__main__":
    main(__doc__, rows)
