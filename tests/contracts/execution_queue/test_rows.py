"""The rows as the queue, in memory, on SQLite and on PostgreSQL."""

import pytest
from tests.contracts.execution_queue.suite import Bench, ExecutionQueueContract
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.store import SqlStore
from syntropism.application.row_queue import RowQueue


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def bench(request, tmp_path):
    clock = SimulatedClock()
    if request.param == "memory":
        store = MemoryStore(clock)
        yield Bench(town=founded(store, clock), queue=RowQueue(store), delays=False)
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/town.db"
    else:
        url = request.getfixturevalue("postgres_url")
    store = SqlStore(url, clock)
    yield Bench(town=founded(store, clock), queue=RowQueue(store), delays=False)
    store.close()


class TestRows(ExecutionQueueContract):
    """Every line of the contract."""
