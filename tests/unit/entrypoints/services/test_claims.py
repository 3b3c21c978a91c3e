"""How long a worker is believed to have heard of a window."""

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.nats.work_queue import JetStreamQueue
from syntropism.adapters.system.clock import SystemClock
from syntropism.entrypoints.container.messaging import make_queue
from syntropism.entrypoints.wiring import NatsOptions, ServicesWiring, Wiring


def test_what_got_lost_on_its_way_is_told_again_after_two_leases() -> None:
    wiring = Wiring(
        services=ServicesWiring(lead_ms=9_000, lease_ms=3_500),
        messaging=NatsOptions(url="nats://127.0.0.1:1", queue=True),
    )
    queue = make_queue(wiring, MemoryStore(SystemClock()))
    assert isinstance(queue, JetStreamQueue)
    assert queue.claim_seconds == 7.0
