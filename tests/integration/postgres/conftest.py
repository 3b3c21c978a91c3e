"""Stores on a PostgreSQL server."""

import pytest

from syntropism.adapters.sql.store import SqlStore


@pytest.fixture
def open_store(postgres_url):
    """Opens the database, as often as one likes, on the server's clock; closes what was opened."""
    opened = []

    def opening(url: str = postgres_url, clock=None, **options) -> SqlStore:
        opened.append(SqlStore(url, clock, **options))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    """One of them."""
    return open_store()
