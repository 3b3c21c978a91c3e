"""A database that cannot be used is told in one line that says what to do."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from syntropism.adapters.sql import engines, migrations
from syntropism.application.ports.unit_of_work import StorageFailed


def one_line(failure: pytest.ExceptionInfo[StorageFailed]) -> str:
    line = str(failure.value)
    assert "\n" not in line
    assert len(line) < 500
    return line


@pytest.fixture
def town(open_store):
    """A database with something in it, closed."""
    store = open_store()
    with store() as uow:
        for number in range(2_000):
            uow.ledger.open_account(f"account-{number}")
        uow.commit()
    store.close()


def test_a_file_that_is_no_database(path, url, open_store):
    path.write_bytes(b"Dear diary,\n" * 1_000)
    with pytest.raises(StorageFailed) as failure:
        open_store()
    assert "restore a backup" in one_line(failure)
    assert str(path) in one_line(failure)
    assert path.read_bytes() == b"Dear diary,\n" * 1_000


def test_a_database_with_pages_overwritten(path, url, town, open_store):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 2 * 4096))
    with pytest.raises(StorageFailed) as failure, open_store()(read_only=True) as uow:
        uow.ledger.all_balances()
    assert "restore a backup" in one_line(failure)


def test_damage_is_found_by_the_check(path, url, town):
    migrations.check(url)
    connection = sqlite3.connect(path)
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'accounts'")
    page = root.fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096 + 12)
        file.write(b"\xff" * 600)
    with pytest.raises(StorageFailed) as failure:
        migrations.check(url)
    assert "restore a backup" in one_line(failure)


def test_a_database_cut_short(path, url, town, open_store):
    os.truncate(path, 5 * 4096)
    with pytest.raises(StorageFailed) as failure, open_store()() as uow:
        uow.ledger.all_balances()
    assert "restore a backup" in one_line(failure)


def test_a_database_of_somebody_else(path, open_store):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY)")
    connection.commit()
    connection.close()
    with pytest.raises(StorageFailed) as failure:
        open_store()
    assert "choose another one" in one_line(failure)


def set_revision(path, revision: str | None) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM alembic_version")
    if revision is not None:
        connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.commit()
    connection.close()


def test_a_database_of_a_newer_version(path, url, town, open_store):
    set_revision(path, "9999")
    for use in (open_store, lambda: migrations.upgrade(url), lambda: migrations.check(url)):
        with pytest.raises(StorageFailed) as failure:
            use()
        assert "9999" in one_line(failure)
        assert "install a newer syntropism" in one_line(failure)


def test_a_database_of_an_older_version(path, url, town, open_store, monkeypatch):
    monkeypatch.setattr(migrations, "REVISIONS", (*migrations.REVISIONS, "9999"))
    for use in (open_store, lambda: migrations.check(url)):
        with pytest.raises(StorageFailed) as failure:
            use()
        assert "run `syntropism db upgrade`" in one_line(failure)


def test_a_database_that_was_never_migrated(path, url, town, open_store):
    set_revision(path, None)
    with pytest.raises(StorageFailed) as failure:
        open_store()
    assert "choose another one" in one_line(failure)


def test_a_table_that_is_missing(path, url, town, open_store):
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE leases")
    connection.commit()
    connection.close()
    with open_store()() as uow, pytest.raises(StorageFailed) as failure:
        uow.leases.get("orchestrator")
    assert "another schema" in one_line(failure)


def test_a_folder_that_is_missing(tmp_path, open_store):
    with pytest.raises(StorageFailed) as failure:
        open_store(f"sqlite:///{tmp_path}/no/such/folder/town.db")
    assert "its folder must exist" in one_line(failure)


def test_a_folder_in_the_place_of_the_file(path, open_store):
    path.mkdir()
    with pytest.raises(StorageFailed) as failure:
        open_store()
    assert "cannot be opened" in one_line(failure)


AS_NOBODY = """
import os, sys
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.store import SqlStore
from syntropism.application.ports.unit_of_work import StorageFailed
def use(url):
    store = SqlStore(url, SimulatedClock())
    with store() as uow:
        uow.ledger.open_account("ada")
        uow.commit()
    store.close()
use(sys.argv[1])  # imports everything, while it may
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    use(sys.argv[2])
except StorageFailed as failure:
    print(failure)
"""


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_write_permission(url, open_store, there):
    """Tried as another user, because nothing is forbidden to root."""
    with TemporaryDirectory() as folder:
        forbidden = f"sqlite:///{folder}/town.db"
        if there:
            open_store(forbidden).close()
        Path(folder).chmod(0o555)
        tried = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, url, forbidden],
            capture_output=True,
            text=True,
            timeout=60,
        )
        Path(folder).chmod(0o755)
    assert tried.returncode == 0, tried.stderr
    assert "writ" in tried.stdout
    assert tried.stdout.count("\n") == 1


def test_a_full_disk_undoes_the_transaction_and_says_so(path, open_store, monkeypatch):
    store = open_store()
    with store() as uow:
        uow.ledger.open_account("ada")
        uow.commit()

    def limit(uow) -> None:
        pages = uow._session.connection.exec_driver_sql("PRAGMA page_count").scalar()
        uow._session.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill(uow) -> None:
        for number in range(10_000):
            uow.ledger.open_account(f"account-{number}")
        uow.commit()

    with store() as uow:
        limit(uow)
        with pytest.raises(StorageFailed) as failure:
            fill(uow)
    assert "make room" in one_line(failure)
    with store(read_only=True) as uow:
        assert "ada" in uow.ledger.all_balances()
        assert "account-0" not in uow.ledger.all_balances()


def test_another_process_that_keeps_writing(path, open_store, monkeypatch):
    monkeypatch.setattr(engines, "WAIT_SECONDS_MAX", 0.2)
    store = open_store()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFailed) as failure, store():
        pass
    assert "locked by another process" in one_line(failure)
    other.execute("ROLLBACK")
    other.close()
    with store() as uow:
        uow.ledger.open_account("ada")
        uow.commit()


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("economy.db", "write sqlite:///economy.db"),
        ("", "write sqlite:///economy.db"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("oracle://there/db", "not supported"),
        ("postgresql://there", "names no database"),
    ],
)
def test_a_url_that_cannot_be_used(open_store, text, advice):
    with pytest.raises(StorageFailed) as failure:
        open_store(text)
    assert advice in one_line(failure)


def test_a_durability_that_does_not_exist(open_store):
    with pytest.raises(StorageFailed) as failure:
        open_store(synchronous="OFF")
    assert "FULL" in one_line(failure)
