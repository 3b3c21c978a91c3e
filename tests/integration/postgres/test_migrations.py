"""The history of the schema on a server: many replicas at once, kills, strangers, versions."""

import subprocess
import sys
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from tests.integration.sql.test_migrations import KILLED_MIDWAY

from syntropism.adapters.sql import migrations
from syntropism.adapters.sql.engines import parse_url
from syntropism.adapters.sql.tables import metadata
from syntropism.application.ports.unit_of_work import StorageFailed

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
COLUMNS = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable "
    "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
)
CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
)
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture
def empty(postgres):
    """The URL of a database without anything in it."""
    url = postgres.empty()
    yield url
    postgres.drop(url)


def described(postgres, url: str) -> list:
    """Everything in a database but the mark of its revision."""
    name = url.rpartition("/")[2]
    rows = [row for ask in (COLUMNS, CONSTRAINTS, INDEXES) for row in postgres.run(ask, name)]
    return [row for row in rows if "alembic" not in str(row)]


def test_every_revision_can_be_walked_up_down_and_up(postgres, empty):
    for revision in migrations.REVISIONS:
        earlier = migrations.current(empty) or "base"
        migrations.migrate(empty, revision)
        once = described(postgres, empty)
        migrations.migrate(empty, earlier)
        assert (migrations.current(empty) or "base") == earlier
        migrations.migrate(empty, revision)
        assert described(postgres, empty) == once
    migrations.migrate(empty, "base")
    assert described(postgres, empty) == []
    assert migrations.current(empty) is None


def test_the_migrated_schema_is_that_of_the_tables(postgres, empty):
    other = postgres.empty()
    migrations.upgrade(empty)
    engine = create_engine(parse_url(other))
    metadata.create_all(engine)
    engine.dispose()
    assert described(postgres, empty) == described(postgres, other)
    postgres.drop(other)
    engine = create_engine(parse_url(empty))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_many_replicas_upgrade_at_once(postgres, empty):
    program = (
        "import sys, time; from syntropism.adapters.sql import migrations; "
        "time.sleep(max(0.0, float(sys.argv[2]) - time.time())); migrations.upgrade(sys.argv[1])"
    )
    start = str(time.time() + 3.0)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty, start], stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, told
    assert migrations.current(empty) == migrations.head()
    migrations.check(empty)


@pytest.mark.parametrize("tables", [0, 7, 18])
def test_a_migration_killed_midway_has_done_nothing_and_is_done_again(postgres, empty, tables):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_MIDWAY, empty, str(tables)], capture_output=True, timeout=60
    )
    assert killed.returncode == -9, killed.stderr.decode()
    assert described(postgres, empty) == []
    migrations.upgrade(empty)
    assert migrations.current(empty) == migrations.head()


def test_newer_older_and_foreign_databases_are_refused_in_one_line(postgres, empty, open_store):
    migrations.upgrade(empty)
    name = empty.rpartition("/")[2]
    postgres.run("UPDATE alembic_version SET version_num = '9999'", name)
    with pytest.raises(StorageFailed, match="newer version") as newer:
        open_store(empty)
    postgres.run("UPDATE alembic_version SET version_num = '0001'", name)
    with pytest.raises(StorageFailed, match="db upgrade") as older:
        open_store(empty)
    postgres.run("DROP TABLE alembic_version", name)
    with pytest.raises(StorageFailed, match="not a database of ours") as foreign:
        open_store(empty)
    for failure in (newer, older, foreign):
        assert "\n" not in str(failure.value)
        assert postgres.password not in str(failure.value)
