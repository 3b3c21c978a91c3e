"""JetStream's storage is full: one line, readiness tells of it, and nothing is lost."""

import json
import logging
import time
import urllib.request

import pytest
from tests.servers.nats import NatsServer, require_nats

pytest.importorskip("nats")
from tests.integration.nats.history import happen, linked, out, told
from tests.integration.nats.test_publishing import eventually

from syntropism.application.ports.execution_queue import QueueItem
from syntropism.application.ports.unit_of_work import StorageAway
from syntropism.domain.identifiers import ExecutionId, WorkerId
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import NatsOptions, ServicesWiring, Wiring


@pytest.fixture
def full(tmp_path):
    """A server with very little room."""
    require_nats()
    folder = tmp_path / "full"
    folder.mkdir()
    server = NatsServer(folder, jetstream="{ max_file_store: 1MB }").start()
    yield server
    server.stop()


def readiness(address: str):
    with urllib.request.urlopen(f"{address}/readyz", timeout=20) as answer:
        return json.load(answer)["data"]


def test_the_api_stays_up_says_so_once_and_publishes_the_rest_when_there_is_room(full, caplog):
    wiring = Wiring(
        messaging=NatsOptions(url=full.url, queue=True),
        services=ServicesWiring(lead_ms=10_000, lease_ms=10_000),
    )
    container = Container(wiring=wiring)
    store, queue = container.store(), container.queue()
    caplog.set_level(logging.WARNING, "syntropism.nats")
    gateway = container.connect(version="0")
    api = container.serve(
        host="127.0.0.1",
        port=0,
        config=dict,
        version="0",
        troubles=lambda: [gateway.trouble] if gateway.trouble else [],
    )
    items = [QueueItem(ExecutionId(str(number)), 0) for number in range(3)]
    try:
        eventually(lambda: readiness(api.address) == {"status": "ready"})
        happen(store, 30, size=100_000)
        eventually(lambda: readiness(api.address)["status"] == "degraded")
        (trouble,) = readiness(api.address)["troubles"]
        assert f"the storage of JetStream at {full.url} is full" in trouble
        with pytest.raises(StorageAway, match="is full"):
            queue.offer(items)
        time.sleep(1.0)  # it tries again and again, and says no more
        assert sum("is full" in line for line in caplog.messages) == 1
        with linked(full.url) as link:
            seen = out(link)
            assert seen == told(store)[: len(seen)]
            assert len(seen) < 30

            def drained() -> bool:
                link.call(link.jetstream.purge_stream("EVENTS", keep=1))
                seen.extend(one for one in out(link) if one not in seen)
                return seen[-1] == told(store)[-1]

            eventually(drained, 60)
            assert [one for one in told(store) if one in seen] == seen, "in order, each once"
            link.call(link.jetstream.purge_stream("EVENTS"))
        eventually(lambda: readiness(api.address) == {"status": "ready"})
        queue.offer(items)
        assert len(queue.claim(WorkerId("w"), 10)) == 3
    finally:
        gateway.stop()
        api.stop()
        queue.link.close()
