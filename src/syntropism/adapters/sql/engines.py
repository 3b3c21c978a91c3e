"""Engines: how connections are opened, and how their transactions begin."""

import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from syntropism.adapters.sql.failures import Translation, translate_errors
from syntropism.adapters.sql.types import encode_json
from syntropism.application.ports.unit_of_work import StorageFailed

READERS_MAX: Final = 32
"""Connections that read at the same time; more of them wait."""

WAIT_SECONDS_MAX: Final = 30.0
"""How long one waits for the database (another process writes), or for a connection."""

WRITING: Final = ["journal_mode = WAL", f"journal_size_limit = {64 * 1024 * 1024}"]
"""What only a writer may say: how the log of changes is kept, and how large it stays."""


def parse_url(text: str) -> URL:
    """The URL of a database.

    Raises:
        StorageFailed: not a URL, or of a database that is not supported.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise StorageFailed(
            f"{text[:200]!r} is not the URL of a database; write sqlite:///economy.db"
        ) from None
    if is_postgres(url):
        return _postgres(url)
    if url.get_backend_name() != "sqlite":
        raise StorageFailed(
            f"databases of kind {url.get_backend_name()!r} are not supported: write "
            "sqlite:///economy.db or postgresql://user@host/database"
        )
    if url.database in (None, "", ":memory:"):
        raise StorageFailed("a SQLite database needs a file; write sqlite:///economy.db")
    return url


def is_postgres(url: URL) -> bool:
    """Whether the database is on a PostgreSQL server."""
    return url.get_backend_name() in ("postgresql", "postgres")


def _postgres(url: URL) -> URL:
    if find_spec("psycopg") is None:
        raise StorageFailed("PostgreSQL needs its driver: pip install 'syntropism[postgres]'")
    if not url.database:
        raise StorageFailed("the URL names no database; write postgresql://user@host/database")
    return url.set(drivername="postgresql+psycopg")


def open_engine(url: URL, *, read_only: bool, synchronous: str = "FULL", pool: int = 1) -> Engine:
    """An engine for a SQLite file. A writing transaction begins with ``BEGIN IMMEDIATE``:
    otherwise concurrent read-modify-write loses updates silently. What only reads begins its
    transactions itself, if it wants any (see :class:`Readers`), and cannot write."""
    engine = create_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS_MAX,
        pool_reset_on_return=None,  # units of work always roll back themselves
        json_serializer=encode_json,
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,
            "timeout": WAIT_SECONDS_MAX,
        },
    )
    translate_errors(engine, translation_for(url, read_only=read_only))
    pragmas = ["foreign_keys = ON", f"synchronous = {synchronous}", "cache_size = -65536"]
    pragmas += ["query_only = ON"] if read_only else WRITING

    def prepare(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    if not read_only:
        event.listen(engine, "begin", begin)
    return engine


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection below ``connection``."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def translation_for(url: URL, *, read_only: bool) -> Translation:
    """What errors of the database at ``url`` mean."""
    return Translation(place_of(url), read_only)


def place_of(url: URL) -> str:
    """Where the database is, for a human; without its password."""
    if is_postgres(url):
        host = url.host or url.query.get("host") or "local socket"
        return f"{url.database} on {host}" + (f":{url.port}" if url.port else "")
    return str(Path(url.database or "").absolute())


def engine_version() -> str:
    """The database engine that this Python brings along."""
    return f"SQLite {sqlite3.sqlite_version}"
