"""The JetStream work queue, before rows in memory; time passes for both."""

import time

import pytest
from attrs import frozen
from tests.contracts.execution_queue.suite import Bench, ExecutionQueueContract
from tests.servers.nats import NatsServer
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.application.ports.unit_of_work import StorageFailed


@frozen(kw_only=True)
class RealBench(Bench):
    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
        super().wait(seconds)


@pytest.fixture
def bench(nats_server: NatsServer):
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.work_queue import JetStreamQueue

    link = Link(nats_server.url, "queue")
    clock = SimulatedClock()
    times = {"claim": 1.0, "patience": 0.8}
    queue = JetStreamQueue(link, claim_seconds=times["claim"], patience_seconds=times["patience"])
    town = founded(MemoryStore(clock), clock)
    yield RealBench(town=town, queue=queue, lease=3.0, **times)
    link.close()


class TestJetStream(ExecutionQueueContract):
    """Every line of the contract."""


@pytest.mark.usefixtures("impatient")
def test_a_queue_that_is_not_there_is_one_line(own_nats: NatsServer):
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.work_queue import JetStreamQueue

    own_nats.stop()
    link = Link(own_nats.url, "queue")
    with pytest.raises(StorageFailed, match="the execution queue: no NATS server answers"):
        JetStreamQueue(link).claim("ada", 1)
    link.close()
