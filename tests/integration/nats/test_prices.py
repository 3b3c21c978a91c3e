"""Prices in KV: kept by a durable consumer, by compare-and-set, whatever is delivered when."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.servers.nats import NatsServer

pytest.importorskip("nats")
from tests.integration.nats.history import IDS, KEPT, linked, town
from tests.integration.nats.test_publishing import eventually

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.nats.consuming import ConsumingPart
from syntropism.adapters.nats.gateway import Gateway
from syntropism.adapters.nats.link import Link
from syntropism.adapters.nats.parts import PublishingPart
from syntropism.adapters.nats.prices import BUCKET, DISCOVERED, PriceBoard
from syntropism.adapters.nats.publisher import JetStreamPublisher
from syntropism.adapters.nats.values import Values
from syntropism.application.consuming import Consumer
from syntropism.application.publishing import Outbox
from syntropism.domain.events import Event


@pytest.fixture
def link(nats_server: NatsServer) -> Iterator[Link]:
    with linked(nats_server.url) as link:
        yield link


def discover(store: MemoryStore, cycle: int) -> None:
    with store() as uow:
        facts = {"cycle": cycle, "prices_pico": [cycle * 10**12, 2, 3, 4]}
        uow.events.append([Event(IDS.new(), DISCOVERED, uow.now(), facts)])
        uow.commit()


def boarded(url: str, store: MemoryStore) -> Gateway:
    link = Link(url, f"test-{IDS.new()}")
    publisher = JetStreamPublisher(link, KEPT)
    consumer = Consumer(store, "prices", PriceBoard(Values(link, BUCKET)))
    parts = [
        PublishingPart(publisher, Outbox(store, publisher, IDS.new())),
        ConsumingPart(link, consumer, DISCOVERED, KEPT),
    ]
    return Gateway(link, parts)


def test_the_newest_prices_are_there(nats_server: NatsServer, link: Link) -> None:
    store = town()
    gateways = [boarded(nats_server.url, store) for _ in range(2)]
    for gateway in gateways:
        gateway.start()
    board = Values(link, BUCKET)
    try:
        for cycle in range(1, 6):
            discover(store, cycle)
        eventually(lambda: (board.get("cpu_cores") or {}).get("cycle") == 5)
        found = board.get("cpu_cores")
        assert found is not None
        assert (found["price"], found["price_pico"]) == (5.0, 5 * 10**12)
        assert board.get("attention_slots") is not None
    finally:
        for gateway in gateways:
            gateway.stop()


def test_what_is_delivered_again_or_out_of_order_changes_nothing(link: Link) -> None:
    store, board = town(), Values(link, BUCKET)
    consumer = Consumer(store, "prices", PriceBoard(board))

    def event(cycle: int, name: str) -> dict:
        facts = {"cycle": cycle, "prices_pico": [cycle, 2, 3, 4]}
        return {"id": name, "timestamp": "now", "data": facts}

    assert consumer.take(event(3, "three"))
    assert not consumer.take(event(3, "three"))
    assert consumer.take(event(2, "two"))  # late
    found = board.get("cpu_cores")
    assert found is not None
    assert found["cycle"] == 3


def test_a_message_that_is_no_event_is_put_aside(
    nats_server: NatsServer, link: Link, caplog: pytest.LogCaptureFixture
) -> None:
    store = town()
    gateway = boarded(nats_server.url, store)
    gateway.start()
    board = Values(link, BUCKET)
    try:
        discover(store, 1)
        eventually(lambda: board.get("cpu_cores") is not None)
        for poison in (b"{", b"[]", b"{}", json.dumps({"id": "x", "data": {}}).encode()):
            link.call(link.jetstream.publish(f"events.{DISCOVERED}", poison))
        discover(store, 2)
        eventually(lambda: (board.get("cpu_cores") or {}).get("cycle") == 2)
        assert sum("put aside" in line for line in caplog.messages) == 4
    finally:
        gateway.stop()


def test_nothing_is_lost_by_those_who_change_at_once(nats_server: NatsServer, link: Link) -> None:
    def count() -> None:
        with linked(nats_server.url) as own:
            values = Values(own, "counts", timedelta(hours=1))
            for _ in range(25):
                values.change("n", lambda old: {"n": (old or {"n": 0})["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = Values(link, "counts")
    assert values.get("n") == {"n": 75}
    values.remove("n")
    values.remove("n")
    assert values.get("n") is None
    assert values.change("n", lambda old: {"n": 1} if old is None else None) == {"n": 1}
