"""The queue in memory, before a store in memory."""

import pytest
from tests.contracts.execution_queue.suite import Bench, ExecutionQueueContract
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.queue import MemoryQueue
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock


@pytest.fixture
def bench():
    clock = SimulatedClock()
    town = founded(MemoryStore(clock), clock)
    return Bench(town=town, queue=MemoryQueue(lambda: clock.now().timestamp()))


class TestMemory(ExecutionQueueContract):
    """Every line of the contract."""
