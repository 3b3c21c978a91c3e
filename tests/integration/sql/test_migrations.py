"""The history of the schema: up, down, up; equal to the tables; safe to interrupt."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from syntropism.adapters.sql import migrations
from syntropism.adapters.sql.tables import metadata


def described(path) -> dict[str, list[str]]:
    """Everything in a database, by name, as SQL whose parts come in any order."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL "
            "AND name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
    finally:
        connection.close()
    return {name: parts(sql) for name, sql in rows}


def parts(sql: str) -> list[str]:
    """What stands between the commas of a table, however it is broken into lines."""
    head, _, body = sql.partition("(")
    found, depth = [""], 0
    for sign in " ".join(body.rpartition(")")[0].split()):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            found.append("")
        else:
            found[-1] += sign
    ending = " ".join(body.rpartition(")")[2].split())
    return [" ".join(head.split()), ending, *sorted(one.strip() for one in found)]


def test_the_known_revisions_are_those_in_the_folder():
    script = ScriptDirectory(str(migrations.migrations_folder()))
    walked = [revision.revision for revision in script.walk_revisions()]
    assert tuple(reversed(walked)) == migrations.REVISIONS
    assert migrations.head() == script.get_current_head()


def test_every_revision_can_be_walked_up_down_and_up(path, url):
    for revision in migrations.REVISIONS:
        earlier = migrations.current(url) or "base"
        migrations.migrate(url, revision)
        once = described(path)
        migrations.migrate(url, earlier)
        assert (migrations.current(url) or "base") == earlier
        migrations.migrate(url, revision)
        assert described(path) == once
        assert migrations.current(url) == revision


def test_going_down_to_the_base_leaves_nothing(path, url):
    migrations.upgrade(url)
    migrations.migrate(url, "base")
    assert described(path) == {}
    assert migrations.current(url) is None


def test_the_migrated_schema_is_that_of_the_tables(path, url, tmp_path):
    migrations.upgrade(url)
    other = tmp_path / "made.db"
    engine = create_engine(f"sqlite:///{other}")
    metadata.create_all(engine)
    engine.dispose()
    assert described(path) == described(other)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_upgrading_again_changes_nothing(path, url):
    migrations.upgrade(url)
    before = path.read_bytes()
    migrations.upgrade(url)
    assert path.read_bytes() == before
    migrations.check(url)


def test_an_empty_database_is_migrated_on_open(url, open_store):
    assert migrations.current(url) is None
    open_store()
    assert migrations.current(url) == migrations.head()


def test_two_that_open_an_empty_database_at_once_both_succeed(url, open_store):
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: open_store(), range(4)))
    with stores[0]() as uow:
        uow.ledger.open_account("ada")
        uow.commit()
    with stores[3](read_only=True) as uow:
        assert "ada" in uow.ledger.all_balances()


KILLED_MIDWAY = """
import os, signal, sys
from alembic import op
from syntropism.adapters.sql import migrations
made, create = [], op.create_table
def create_table(*arguments, **options):
    if len(made) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    made.append(arguments[0])
    return create(*arguments, **options)
op.create_table = create_table
migrations.upgrade(sys.argv[1])
"""


@pytest.mark.parametrize("tables", [0, 1, 7, 18])
def test_a_migration_killed_midway_has_done_nothing_and_is_done_again(
    path, url, open_store, tables
):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_MIDWAY, url, str(tables)], capture_output=True, timeout=60
    )
    assert killed.returncode == -9, killed.stderr.decode()
    assert described(path) == {}
    with open_store()() as uow:
        uow.ledger.open_account("ada")
        uow.commit()
    migrations.check(url)


def test_losses_move_beside_their_cycles_and_back(path, url):
    migrations.migrate(url, "0002")
    rows = '[["b","outbid",17],["☃","ineligible",null]]'
    kept = [(1, rows), (2, "[]"), (3, None)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO cycles VALUES (?, 'then', '[]', '[]', 'closed', '[]', '[]', NULL, NULL, "
            "0, 0, NULL, 'now', ?)",
            kept,
        )
    migrations.migrate(url, "0003")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT cycle, losses FROM cycle_losses").fetchall() == [
            (1, '[["b","☃"],["outbid","ineligible"],[17,null]]'),
            (2, "[[],[],[]]"),
        ]
    migrations.migrate(url, "0002")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT number, losses FROM cycles").fetchall() == kept
