"""The schema's history, driven through Alembic's programmatic interface."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, inspect

from syntropism.adapters.sql.engines import open_engine, parse_url, place_of
from syntropism.application.ports.unit_of_work import StorageFailed

REVISIONS: Final = ("0001", "0002", "0003")
"""Every revision this program knows, oldest first (a test compares them with the folder: to
ask Alembic takes longer than to open a database)."""


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
    engine = open_engine(parsed, read_only=False)
    try:
        with engine.begin() as connection:  # one transaction: killed midway, nothing was done
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
    if not Path(parsed.database or "").exists():
        return None
    engine = open_engine(parsed, read_only=True)
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
    engine = open_engine(parsed, read_only=True)
    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    finally:
        engine.dispose()
    if verdict != "ok":
        found = " ".join(str(verdict).split())[:200]
        raise StorageFailed(f"{place_of(parsed)} is damaged ({found}): restore a backup")


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
        raise StorageFailed(f"{place_of(url)} is not a database of ours: choose another file")
    if revision is not None and revision not in REVISIONS:
        raise StorageFailed(
            f"{place_of(url)} was written by a newer version (schema {revision}, this program "
            f"knows {head()}): install a newer syntropism"
        )
    return revision
