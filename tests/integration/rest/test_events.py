"""``GET /events``: in order, resumable, for many readers, and bounded."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.integration.rest.conftest import Town
from tests.integration.rest.world import ADMIN, World

from syntropism.adapters.rest import event_stream, feed
from syntropism.adapters.rest.client import OperatorClient
from syntropism.adapters.rest.server import RunningServer, serve_in_thread
from syntropism.application.event_documents import event_document
from syntropism.domain import errors
from syntropism.domain.events import Event


@pytest.fixture
def server(town: Town) -> Iterator[RunningServer]:
    running = serve_in_thread(town.world.app)
    yield running
    running.stop()


def history(world: World) -> list[Event]:
    with world.store(read_only=True) as uow:
        return uow.events.since(0, 100_000)


def take(server: RunningServer, after: int | None, count: int) -> list[tuple[int, dict]]:
    with OperatorClient(server.address, ADMIN) as client:
        stream = client.events(after)
        return [next(stream) for _ in range(count)]


def busy(world: World, rounds: int) -> None:
    for number in range(rounds):
        world.operators.bootstrap("x")
        world.create(f"agent-{number}")


def test_the_whole_history_comes_in_order_in_the_envelope(
    server: RunningServer, town: Town
) -> None:
    known = history(town.world)
    assert take(server, 0, len(known)) == [(one.sequence, event_document(one)) for one in known]
    first = event_document(known[0])
    assert set(first) == {"id", "type", "timestamp", "source", "data", "metadata"}
    assert set(first["metadata"]) == {"correlation_id", "causation_id", "user_id"}


def test_it_resumes_after_the_last_event_that_was_seen(server: RunningServer, town: Town) -> None:
    known = history(town.world)
    assert [number for number, _ in take(server, 3, 4)] == [4, 5, 6, 7]
    head = {"Authorization": f"Bearer {ADMIN}", "Last-Event-ID": "5"}
    url = f"{server.address}/api/v1/events?after=2"  # what the client began with, long ago
    with httpx.stream("GET", url, headers=head) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        numbers = (line for line in lines if line.startswith("id: "))
        assert [next(numbers), next(numbers)] == ["id: 5", "id: 6"]
    assert len(known) > 7


def test_without_a_place_only_what_is_new_comes(server: RunningServer, town: Town) -> None:
    before = history(town.world)[-1].sequence
    with OperatorClient(server.address, ADMIN) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, client.events())
        deadline = time.monotonic() + 20
        while not first.done() and time.monotonic() < deadline:
            busy(town.world, 1)
            time.sleep(0.05)
        number, document = first.result(1)
    assert number > before
    assert document["id"] == history(town.world)[number - 1].id


def test_many_readers_see_one_and_the_same_history(
    server: RunningServer, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those who join late, across what is kept for all and what only the store has."""
    monkeypatch.setattr(feed, "BATCH", 7)
    start = history(town.world)[-1].sequence
    target = start + 120
    results: dict[int, list[int]] = {}

    def read(place: int) -> None:
        with OperatorClient(server.address, ADMIN) as client:
            numbers = []
            for number, _ in client.events(start if place % 2 else 0):
                numbers.append(number)
                if number >= target:
                    break
            results[place] = numbers

    readers = [threading.Thread(target=read, args=(place,)) for place in range(12)]
    for number, reader in enumerate(readers):
        reader.start()
        if number % 3 == 0:
            busy(town.world, 8)
    while history(town.world)[-1].sequence < target:
        busy(town.world, 1)
    for reader in readers:
        reader.join(30)
    for place in range(12):
        first = start if place % 2 else 0
        assert results[place] == list(range(first + 1, target + 1))


def test_up_to_date_readers_cost_the_store_one_question(town: Town) -> None:
    """Not one each: twenty readers ask about as often as one."""
    asked = 0
    store = town.world.store

    def counting(*, read_only: bool = False):  # type: ignore[no-untyped-def]
        nonlocal asked
        asked += 1
        return store(read_only=read_only)

    async def idle(readers: int) -> int:
        nonlocal asked
        with ThreadPoolExecutor(4) as pool:
            one = feed.Feed(counting, pool)
            last = await one.last()

            async def follow() -> None:
                async for _ in one.follow(last, 60):
                    pass

            tasks = [asyncio.create_task(follow()) for _ in range(readers)]
            await asyncio.sleep(0.5)
            asked = 0
            await asyncio.sleep(1.1)
            one.close()
            await asyncio.gather(*tasks)
            return asked

    assert asyncio.run(idle(20)) <= 8


def test_silence_is_broken_by_a_comment(town: Town) -> None:
    async def listen() -> list[list[Event]]:
        with ThreadPoolExecutor(2) as pool:
            one = feed.Feed(town.world.store, pool)
            found = []
            async for batch in one.follow(await one.last(), 0.3):
                found.append(batch)
                if len(found) == 2:
                    one.close()
            return found

    assert asyncio.run(listen()) == [[], []]


def test_who_may_not_read_and_what_is_no_place(server: RunningServer, town: Town) -> None:
    newest = history(town.world)[-1].sequence
    for token, place, kind in (
        ("nobody", 0, errors.Unauthenticated),
        (town.token, 0, errors.Forbidden),
        (ADMIN, newest + 1, errors.Invalid),
        (ADMIN, 10**30, errors.Invalid),
    ):
        with OperatorClient(server.address, token) as client, pytest.raises(kind):
            next(client.events(place))
    for head in ({"Last-Event-ID": "x"}, {"Last-Event-ID": "-1"}):
        answer = httpx.get(
            f"{server.address}/api/v1/events", headers={"Authorization": f"Bearer {ADMIN}", **head}
        )
        assert answer.status_code == 422
        assert answer.json()["error"]["details"]["field"] == "Last-Event-ID"


def test_readers_are_limited(
    server: RunningServer, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "READERS_MAX", 1)
    with OperatorClient(server.address, ADMIN) as client:
        stream = client.events(0)
        next(stream)
        with OperatorClient(server.address, ADMIN) as other, pytest.raises(errors.RateLimited):
            next(other.events(0))
        stream.close()
    deadline = time.monotonic() + 20
    while True:  # the place is free again once the server has noticed
        try:
            assert take(server, 0, 1)[0][0] == 1
            return
        except errors.RateLimited:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_server_that_stops_lets_its_readers_go_at_once(town: Town) -> None:
    server = serve_in_thread(town.world.app)
    head = {"Authorization": f"Bearer {ADMIN}"}
    with httpx.stream("GET", f"{server.address}/api/v1/events", headers=head) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("id: ")
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 4
        assert "data" not in "".join(lines)
