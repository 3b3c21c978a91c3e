"""Every usage meter keeps the one contract."""

from collections.abc import Callable, Iterator

import pytest
from tests.contracts.usage_meter.suite import ONE, UsageMeterContract
from tests.servers.nats import NatsServer

from syntropism.adapters.memory.usage import MemoryMeter
from syntropism.application.ports.unit_of_work import StorageFailed


class TestMemory(UsageMeterContract):
    @pytest.fixture
    def meter(self) -> Callable[[], MemoryMeter]:
        one = MemoryMeter()
        return lambda: one


class TestKv(UsageMeterContract):
    @pytest.fixture
    def meter(self, nats_server: NatsServer) -> Iterator[Callable]:
        from syntropism.adapters.nats.link import Link
        from syntropism.adapters.nats.usage import KvMeter

        links: list[Link] = []

        def new() -> KvMeter:
            links.append(Link(nats_server.url, "meter"))
            return KvMeter(links[-1], sample_seconds=0.0)

        yield new
        for link in links:
            link.close()


@pytest.mark.usefixtures("impatient")
def test_a_meter_that_cannot_be_reached_loses_samples_and_refuses_tokens(
    own_nats: NatsServer,
) -> None:
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.usage import KvMeter

    own_nats.stop()
    link = Link(own_nats.url, "meter")
    meter = KvMeter(link)
    meter.sample(ONE, 1, 1, 1)
    assert meter.read(ONE, 1) is None
    assert meter.flush(ONE, 1) is None
    with pytest.raises(StorageFailed, match="the usage meter: no NATS server answers"):
        meter.reserve(ONE, 1, 1, 10)
    link.close()
