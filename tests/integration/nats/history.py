"""A history that grows, and what of it is out on a NATS server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from nats.js.errors import NotFoundError

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.nats.gateway import Gateway
from syntropism.adapters.nats.link import Link
from syntropism.adapters.nats.parts import PublishingPart
from syntropism.adapters.nats.publisher import JetStreamPublisher
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.publishing import Outbox
from syntropism.domain.events import Event

KEPT = timedelta(hours=1)
IDS = SystemIds()


def town() -> MemoryStore:
    return MemoryStore(SystemClock())


def happen(store: UnitOfWorkFactory, count: int = 1, size: int = 0) -> None:
    with store() as uow:
        uow.events.append(
            [
                Event(IDS.new(), "market.bid.placed", uow.now(), {"text": "x" * size})
                for _ in range(count)
            ]
        )
        uow.commit()


def told(store: UnitOfWorkFactory) -> list[str]:
    with store(read_only=True) as uow:
        return [event.id for event in uow.events.since(0, 1_000_000)]


@contextmanager
def linked(url: str) -> Iterator[Link]:
    link = Link(url, "test")
    link.open()
    try:
        yield link
    finally:
        link.close()


def out(link: Link) -> list[str]:
    """The ids of the published events, in order."""

    async def read() -> list[str]:
        try:
            state = (await link.jetstream.stream_info("EVENTS")).state
        except NotFoundError:  # nobody has begun yet
            return []
        found = []
        for number in range(max(1, state.first_seq), state.last_seq + 1):
            found.append(json.loads((await link.jetstream.get_msg("EVENTS", number)).data)["id"])
        return found

    return link.call(read(), 60)


def publishing(url: str, store: UnitOfWorkFactory) -> Gateway:
    """A gateway that publishes what happens in ``store``; not started yet."""
    link = Link(url, f"test-{IDS.new()}")
    publisher = JetStreamPublisher(link, KEPT)
    return Gateway(link, [PublishingPart(publisher, Outbox(store, publisher, IDS.new()))])
