"""Databases as files, sound and broken."""

import pytest

from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.store import SqlStore


@pytest.fixture
def path(tmp_path):
    """Where a database may be made."""
    return tmp_path / "town.db"


@pytest.fixture
def url(path):
    """Its URL."""
    return f"sqlite:///{path}"


@pytest.fixture
def open_store(url):
    """Opens the database, as often as one likes; closes what was opened."""
    opened = []

    def opening(where: str = url, **options) -> SqlStore:
        opened.append(SqlStore(where, SimulatedClock(), **options))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()
