"""The door over NATS: REST and NATS answer alike, and answers go where they may."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import frozen
from tests.integration.rest.world import SMALL, World
from tests.servers.nats import NatsServer

pytest.importorskip("nats")
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NoAnswer

from syntropism.adapters.nats.asyncapi import asyncapi
from syntropism.adapters.nats.door import Door
from syntropism.adapters.nats.link import Link
from syntropism.adapters.nats.subjects import ROOTS, ROUTES, find
from syntropism.adapters.rest.agent_side import agent_operations


@frozen
class Town:
    world: World
    server: NatsServer
    ada: str
    bob: str
    link: Link
    door: Door

    def ask(
        self,
        subject: str,
        payload: Any = b"",
        *,
        token: str | None = None,
        key: str | None = None,
        inbox: str = "",
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and document of the answer; ``inbox`` is where it shall go."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Authorization": f"Bearer {self.world.token(self.ada)}"}
        if token is not None:
            headers = {"Authorization": token} if token else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        mine = f"_INBOX.{self.world.identity(self.ada).execution_id}"

        async def go() -> Any:
            client = Client()
            await client.connect(self.server.url, inbox_prefix=mine)
            try:
                if not inbox:
                    return await client.request(subject, data, timeout=5, headers=headers or None)
                heard = await client.subscribe(inbox)
                await client.publish(subject, data, reply=inbox, headers=headers)
                return await heard.next_msg(timeout=0.7)
            finally:
                await client.close()

        message = asyncio.run(go())
        found = dict(message.headers or {})
        return int(found.get("Nats-Service-Error-Code", 200)), found, json.loads(message.data)


@pytest.fixture
def town(nats_server: NatsServer) -> Iterator[Town]:
    world = World()
    ada, bob = world.create("ada"), world.create("bob", attention=1)
    world.round()
    link = Link(nats_server.url, "door")
    link.open()
    door = Door(link, world.app, world.tokens, world.clock.now, private_inboxes=True)
    door.open()
    yield Town(world, nats_server, ada, bob, link, door)
    door.close()
    link.close()


def test_whatever_an_agent_can_do_over_rest_it_can_do_over_nats(town: Town) -> None:
    operations = agent_operations(town.world.service, town.world.operators)
    assert {(one.method, one.path) for one in operations} == {
        (route.method, route.path) for route in ROUTES
    }
    for route in ROUTES:
        found = find(route.pattern.replace("*", "x"))
        assert found is not None
        assert found.route is route


ALIKE = [
    ("GET", "/economic/balance", "economic.balance", None),
    ("GET", "/economic/balance/{ada}", "economic.balance.{ada}", None),
    ("GET", "/economic/balance/{bob}", "economic.balance.{bob}", None),
    ("GET", "/economic/history?limit=1", "economic.history.{ada}", {"limit": 1}),
    ("GET", "/economic/history?limit=0", "economic.history", {"limit": 0}),
    ("GET", "/economic/history?x=1", "economic.history", {"x": 1}),
    ("GET", "/market/prices", "market.prices", None),
    ("GET", "/market/state", "market.state", None),
    ("GET", "/market/state/cpu_cores", "market.state.cpu_cores", None),
    ("GET", "/market/state/gold", "market.state.gold", None),
    ("GET", "/market/bids", "market.bids", {}),
    ("GET", "/market/history", "market.history", None),
    ("GET", "/social/inbox?unread=true", "social.inbox.{ada}", {"unread": True}),
    ("GET", "/social/inbox?unread=1", "social.inbox", {"unread": 1}),
    ("GET", "/social/directory?limit=1", "social.directory", {"limit": 1}),
    ("GET", "/human/prompt/nothing", "human.prompt.nothing", None),
    ("GET", "/execution", "execution.context", None),
    ("POST", "/market/quote", "market.quote", {"bundle": SMALL}),
    ("POST", "/market/quote", "market.quote", {"bundle": {"cpu_seconds": -1}}),
    ("POST", "/economic/transfer", "economic.transfer", {"to": "{bob}", "amount": 9_999}),
    ("POST", "/economic/transfer", "economic.transfer", {"to": "{bob}"}),
    ("POST", "/economic/transfer", "economic.transfer", []),
    ("POST", "/social/spawn", "social.spawn", {"name": "x", "endowment": 1, "files": {}}),
    ("POST", "/social/message", "social.message", {"to": "nobody", "content": "hi"}),
    ("POST", "/human/prompt", "human.prompt", {"content": "look"}),
    ("POST", "/execution/reasoning", "execution.reasoning", {"text": 7}),
    ("DELETE", "/market/bid/nothing", "market.bid.withdraw", {"bid_id": "nothing"}),
    ("DELETE", "/market/bid/nothing", "market.bid.withdraw.nothing", None),
    ("PUT", "/market/bid/nothing", "market.bid.replace.nothing", {"bundle": SMALL, "amount": 30}),
]


@pytest.mark.parametrize(("method", "path", "subject", "payload"), ALIKE)
def test_rest_and_nats_answer_alike(
    town: Town, method: str, path: str, subject: str, payload: Any
) -> None:
    def named(text: str) -> str:
        return text.replace("{ada}", town.ada).replace("{bob}", town.bob)

    body = json.loads(named(json.dumps(payload)))
    token = town.world.token(town.ada)
    over_http = town.world.ask(token, method, named(path), None if method == "GET" else body)
    if method == "DELETE":
        over_http = town.world.ask(token, method, named(path))
    status, headers, over_nats = town.ask(named(subject), b"" if body is None else body)
    document = over_http.json()
    assert status == over_http.status_code
    assert over_nats.get("data") == document.get("data")
    assert over_nats.get("error") == document.get("error")
    assert set(over_nats["meta"]) == set(document["meta"])
    if "error" in document:
        assert headers["Nats-Service-Error"] == document["error"]["code"]
    assert headers.get("Retry-After") == over_http.headers.get("retry-after")


def test_the_same_key_has_one_effect_whatever_the_door(town: Town) -> None:
    body = {"to": town.bob, "amount": 5}
    _, _, first = town.ask("economic.transfer", body, key="k")
    again = town.world.ask(town.world.token(town.ada), "POST", "/economic/transfer", body, key="k")
    assert again.json()["data"] == first["data"]
    status, _, other = town.ask("economic.transfer", {"to": town.bob, "amount": 6}, key="k")
    assert (status, other["error"]["code"]) == (409, "IDEMPOTENCY_CONFLICT")


def test_who_proves_nothing_gets_nothing(town: Town) -> None:
    for token in ("", "Bearer nonsense", "Bearer a.b.c", "Basic x"):
        status, _, document = town.ask("economic.balance", token=token)
        assert (status, document["error"]["code"]) == (401, "UNAUTHENTICATED")


def test_another_s_history_and_inbox_are_refused(town: Town) -> None:
    for subject in (f"economic.history.{town.bob}", f"social.inbox.{town.bob}"):
        status, _, document = town.ask(subject)
        assert (status, document["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("subject", "payload", "status"),
    [
        ("economic.balance", b"{", 400),
        ("economic.balance", b"[]", 400),
        ("market.bids", b'{"limit": [1]}', 400),
        ("market.bids", b"[" * 100_000, 400),
        ("economic.transfer", b"\xff", 400),
        ("market.bid.withdraw", b"{}", 422),
        ("market.bid.withdraw", b'{"bid_id": "x", "y": 1}', 422),
        ("market.bid.steal", b"", 404),
        ("social.nothing.at.all", b"", 404),
        ("economic.balance.%2F%2E%2E%2F", b"", 404),
        ("market.state.%FF%00", b"", 404),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_envelope(
    town: Town, subject: str, payload: bytes, status: int
) -> None:
    before = town.world.snapshot()
    found, headers, document = town.ask(subject, payload)
    assert found == status
    assert set(document) == {"error", "meta"}
    assert headers["Nats-Service-Error"] == document["error"]["code"]
    assert town.world.snapshot() == before


@pytest.mark.parametrize(
    "reply", ["events.market.bid.placed", "economic.balance", "$KV.x", "other"]
)
def test_answers_go_to_inboxes_only(town: Town, reply: str) -> None:
    """Or an agent could have us say for it what it may not say itself; and nothing is done."""
    town.door.private_inboxes = False
    before = town.world.snapshot()
    with pytest.raises(NoAnswer):
        town.ask("social.message", {"to": town.bob, "content": "hi"}, inbox=reply)
    assert town.world.snapshot() == before


def test_answers_do_not_go_to_another_s_inbox(town: Town) -> None:
    bobs = town.world.identity(town.bob).execution_id
    before = town.world.snapshot()
    for inbox in (f"_INBOX.{bobs}.1", "_INBOX.anybody"):
        with pytest.raises(NoAnswer):
            town.ask("social.message", {"to": town.bob, "content": "hi"}, inbox=inbox)
    assert town.world.snapshot() == before


def test_replicas_share_what_is_asked(town: Town) -> None:
    """Each request is answered once, by either."""
    link = Link(town.server.url, "second")
    link.open()
    second = Door(link, town.world.app, town.world.tokens, town.world.clock.now)
    second.open()
    heard = {"first": 0, "second": 0}
    inbox = f"_INBOX.{town.world.identity(town.ada).execution_id}.all"
    headers = {"Authorization": f"Bearer {town.world.token(town.ada)}"}

    async def go() -> int:
        client = Client()
        await client.connect(town.server.url)
        answers = await client.subscribe(inbox)
        for _ in range(60):
            await client.publish("market.prices", b"", reply=inbox, headers=headers)
        count = 0
        try:
            while True:
                await answers.next_msg(timeout=1)
                count += 1
        except NoAnswer:
            pass
        await client.close()
        return count

    for name, door in (("first", town.door), ("second", second)):
        original = door.application

        async def counted(*call: Any, name: str = name, original: Any = original) -> None:
            heard[name] += 1
            await original(*call)

        door.application = counted
    try:
        assert asyncio.run(go()) == 60
    finally:
        second.close()
        link.close()
    assert sum(heard.values()) == 60
    assert min(heard.values()) > 5


def test_an_answer_that_nats_does_not_carry_says_so(town: Town) -> None:
    town.link.client._server_info["max_payload"] = 2_000
    town.link.client._max_payload = 2_000
    for number in range(12):
        town.ask("social.message", {"to": town.bob, "content": "x" * 200}, key=f"{number}")
    status, _, document = town.ask("economic.history")
    assert (status, document["error"]["code"]) == (413, "TOO_LARGE")
    assert town.ask("economic.history", {"limit": 2})[0] == 200


def test_a_door_that_is_closed_is_not_there(town: Town) -> None:
    town.door.close()
    with pytest.raises(NoRespondersError):
        town.ask("market.prices")


def test_the_description_covers_every_subject_and_refers_to_what_is_there(town: Town) -> None:
    document = asyncapi(town.world.app.openapi())
    addresses = {one["address"] for one in document["channels"].values()} - {None}
    assert addresses == {route.subject.replace("{own}", "{agent_id}") for route in ROUTES}
    assert {address.partition(".")[0] for address in addresses} == set(ROOTS)
    assert len(document["operations"]) == len(ROUTES)
    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
