"""Every store of snapshots keeps the one contract."""

import io
from collections.abc import Callable, Iterator

import pytest
from tests.contracts.snapshots.suite import SnapshotsContract, fetched
from tests.servers.nats import NatsServer

from syntropism.adapters.memory.snapshots import MemorySnapshots
from syntropism.application.ports.sandbox import ProviderFailed


class TestMemory(SnapshotsContract):
    @pytest.fixture
    def client(self) -> Callable[[], MemorySnapshots]:
        one = MemorySnapshots()
        return lambda: one


class TestJetStream(SnapshotsContract):
    @pytest.fixture
    def client(self, nats_server: NatsServer) -> Iterator[Callable]:
        from syntropism.adapters.nats.link import Link
        from syntropism.adapters.nats.snapshots import JetStreamSnapshots

        links: list[Link] = []

        def new() -> JetStreamSnapshots:
            links.append(Link(nats_server.url, "snapshots"))
            return JetStreamSnapshots(links[-1])

        yield new
        for link in links:
            link.close()


def test_pieces_of_an_upload_that_never_ended_are_removed(nats_server: NatsServer) -> None:
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.snapshots import JetStreamSnapshots

    now = [0.0]
    link = Link(nats_server.url, "snapshots")
    store = JetStreamSnapshots(link, seconds=lambda: now[0])

    def messages() -> int:
        return link.call(link.jetstream.stream_info("OBJ_WORKSPACES")).state.messages

    try:
        store.put("whole", io.BytesIO(b"kept"))
        link.call(link.jetstream.publish("$O.WORKSPACES.C.killed", b"half of it"))
        for now[0], left in ((0.0, 3), (599.0, 3), (601.0, 2)):
            assert store.names() == ["whole"]
            assert messages() == left
        assert fetched(store, "whole") == b"kept"
    finally:
        link.close()


@pytest.mark.usefixtures("impatient")
def test_a_store_that_cannot_be_reached_is_a_fault_of_ours(own_nats: NatsServer) -> None:
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.snapshots import JetStreamSnapshots

    own_nats.stop()
    link = Link(own_nats.url, "snapshots")
    with pytest.raises(ProviderFailed, match="the object store: no NATS server answers"):
        JetStreamSnapshots(link).names()
    link.close()
