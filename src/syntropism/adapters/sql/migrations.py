"""The schema's history, driven through Alembic's programmatic interface."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, inspect

from syntropism.adapters.sql.engines import is_postgres, open_engine, parse_url, place_of
from syntropism.adapters.sql.server import ServerOptions
from syntropism.application.ports.unit_of_work import StorageFailed

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every revision this program knows, oldest first (a test compares them with the folder: to
ask Alembic takes longer than to open a database)."""


_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('syntropism db upgrade', 0))"
_PATIENT: Final = ServerOptions(lock_ms=300_000, statement_ms=3_600_000, idle_ms=300_000)
"""A migration takes as long as it takes; whoever waits for it, waits for minutes."""


def migrations_folder() -> Path:
    """Where the revisions are: inside the installed package, or beside ``src`` in a checkout."""
    package = Path(__file__).resolve().parents[2]
    shipped = package / "_migrations"
    return shipped if shipped.is_dir() else package.parents[1] / "migrations"


def head() -> str:
    """The newest revision this program knows; the only one it works on."""
    return REVISIONS[-1]


def upgrade(url: str) -> None:
    """Brings the database to the newest revision, all or nothing; repeatable.

    Raises:
        StorageFailed: it cannot be opened or written, is newer than this program, or is
            somebody else's.
    """
    migrate(url, head())


def migrate(url: str, revision: str) -> None:
    """Brings the database up or down to ``revision``; ``"base"`` empties it.

    Raises:
        StorageFailed: as :func:`upgrade`.
    """
    from alembic import command
    from alembic.config import Config

    parsed = parse_url(url)
    engine = _open(parsed, read_only=False)
    try:
        with engine.begin() as connection:  # one transaction: killed midway, nothing was done
            if is_postgres(parsed):  # one replica at a time; the others find the work done
                connection.exec_driver_sql(_ALONE)
            present = revision_of(connection, parsed)
            config = Config()
            config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
            config.attributes["connection"] = connection
            known = ("base", *REVISIONS)
            down = known.index(revision) < known.index(present or "base")
            (command.downgrade if down else command.upgrade)(config, revision)
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """The revision of the database; ``None`` if it is empty or not there yet.

    Raises:
        StorageFailed: it cannot be opened, is newer than this program, or is somebody else's.
    """
    parsed = parse_url(url)
    if not is_postgres(parsed) and not Path(parsed.database or "").exists():
        return None
    engine = _open(parsed, read_only=True)
    try:
        with engine.connect() as connection:
            return revision_of(connection, parsed)
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Finds out whether this program can work on the database as it is.

    Raises:
        StorageFailed: it is empty, damaged, older, newer, or somebody else's.
    """
    parsed = parse_url(url)
    require_head(current(url), parsed)
    if is_postgres(parsed):
        return  # the server checks its own pages
    engine = _open(parsed, read_only=True)
    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    finally:
        engine.dispose()
    if verdict != "ok":
        found = " ".join(str(verdict).split())[:200]
        raise StorageFailed(f"{place_of(parsed)} is damaged ({found}): restore a backup")


def _open(url: URL, *, read_only: bool) -> Engine:
    if not is_postgres(url):
        return open_engine(url, read_only=read_only)
    from syntropism.adapters.sql.postgres_sessions import open_server  # the extra `postgres`

    return open_server(url, _PATIENT)


def require_head(revision: str | None, url: URL) -> None:
    """Raises:
    StorageFailed: ``revision`` is not the one this program works on.
    """
    if revision != head():
        raise StorageFailed(
            f"{place_of(url)} has schema {revision or 'none'}, this program needs {head()}: "
            "run `syntropism db upgrade`"
        )


def revision_of(connection: Connection, url: URL) -> str | None:
    """The revision of an open database; ``None`` while it is empty.

    Raises:
        StorageFailed: it is newer than this program, or somebody else's.
    """
    tables = inspect(connection).get_table_names()
    revision = None
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision is None and set(tables) - {"alembic_version"}:
        raise StorageFailed(f"{place_of(url)} is not a database of ours: choose another one")
    if revision is not None and revision not in REVISIONS:
        raise StorageFailed(
            f"{place_of(url)} was written by a newer version (schema {revision}, this program "
            f"knows {head()}): install a newer syntropism"
        )
    return revision
