"""Every way out keeps the one contract."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.contracts.event_publisher.suite import EventPublisherContract
from tests.servers.nats import NatsServer

from syntropism.adapters.memory.publishing import MemoryPublisher, MemoryStream
from syntropism.application.event_documents import event_document


class TestMemory(EventPublisherContract):
    @pytest.fixture
    def stream(self) -> MemoryStream:
        return MemoryStream()

    @pytest.fixture
    def publisher(self, stream: MemoryStream) -> Callable[[], MemoryPublisher]:
        return lambda: MemoryPublisher(stream)

    @pytest.fixture
    def out(self, stream: MemoryStream) -> Callable[[], list[dict]]:
        return lambda: [event_document(event) for event in stream.events]


class TestJetStream(EventPublisherContract):
    @pytest.fixture
    def link(self, nats_server: NatsServer) -> Iterator:
        from syntropism.adapters.nats.link import Link

        link = Link(nats_server.url, "test")
        link.open()
        yield link
        link.close()

    @pytest.fixture
    def publisher(self, link) -> Callable:
        from syntropism.adapters.nats.publisher import JetStreamPublisher

        def new() -> JetStreamPublisher:
            publisher = JetStreamPublisher(link, timedelta(hours=1))
            publisher.ensure()
            return publisher

        return new

    @pytest.fixture
    def out(self, link) -> Callable[[], list[dict]]:
        async def read() -> list[dict]:
            last = (await link.jetstream.stream_info("EVENTS")).state.last_seq
            found = [await link.jetstream.get_msg("EVENTS", one + 1) for one in range(last)]
            assert {one.subject for one in found} == {"events.market.bid.placed"}
            return [json.loads(one.data) for one in found]

        return lambda: link.call(read())
