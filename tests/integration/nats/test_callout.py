"""What an agent's own credential is good for, and what it is not."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from tests.integration.rest.world import World
from tests.servers.nats import NatsServer, require_nats

pytest.importorskip("nats")
import nkeys
from nats.aio.client import Client

from syntropism.adapters.nats.callout import Callout, Signer
from syntropism.adapters.nats.door import Door
from syntropism.adapters.nats.link import Link, Unusable
from syntropism.agent_sdk.syntropism_sdk import (
    ApiError,
    Forbidden,
    NatsTransport,
    Unauthenticated,
)

API = "nats://api:secret@"


def account_seed() -> str:
    return nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_ACCOUNT).decode()


def config(public: str) -> str:
    return f"""
accounts {{
  ECONOMY: {{ jetstream: enabled, users: [ {{ user: api, password: secret }} ] }}
}}
authorization {{
  auth_callout {{ issuer: {public}, account: ECONOMY, auth_users: [ api ] }}
}}
"""


@frozen
class Guarded:
    server: NatsServer
    world: World
    ada: str
    bob: str
    link: Link

    def transport(self, agent_id: str, **more: str) -> NatsTransport:
        execution = more.get("execution") or self.world.identity(agent_id).execution_id
        token = more.get("token") or self.world.token(agent_id)
        return NatsTransport(self.server.url, token, execution, attempts_max=1)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    require_nats()
    signer = Signer(account_seed())
    server = NatsServer(tmp_path, config(signer.public)).start()
    link = Link(server.url.replace("nats://", API), "api")
    link.open()
    world = World()
    world.clock.sleep(time.time() - world.clock.now().timestamp())  # the server's is the real one
    ada, bob = world.create("ada"), world.create("bob")
    world.round()
    parts = [
        Callout(link, signer, world.tokens, world.clock.now, "ECONOMY"),
        Door(link, world.app, world.tokens, world.clock.now, private_inboxes=True),
    ]
    for part in parts:
        part.open()
    yield Guarded(server, world, ada, bob, link)
    for part in parts:
        part.close()
    link.close()
    server.stop()


def test_the_execution_token_opens_the_door(guarded: Guarded) -> None:
    ada = guarded.transport(guarded.ada)
    assert ada.call("GET", "/economic/balance")["account_id"] == guarded.ada
    body = {"to": guarded.bob, "amount": 1}
    assert ada.call("POST", "/economic/transfer", body, "key")["to"] == guarded.bob
    ada.close()


def test_a_credential_ends_with_its_token(guarded: Guarded) -> None:
    ada = guarded.transport(guarded.ada)
    ada.call("GET", "/market/prices")
    guarded.world.clock.sleep(60)
    with pytest.raises(Unauthenticated):
        guarded.transport(guarded.ada, token=ada._token).call("GET", "/market/prices")
    with pytest.raises(Unauthenticated):
        ada.call("GET", "/market/prices")
    ada.close()


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", ""])
def test_no_other_token_does(guarded: Guarded, token: str) -> None:
    transport = NatsTransport(guarded.server.url, token, "x", attempts_max=1)
    with pytest.raises(Unauthenticated):
        transport.call("GET", "/market/prices")


def test_an_inbox_is_private(guarded: Guarded) -> None:
    """Ada can neither listen at Bob's nor have her answers sent there."""
    bobs = guarded.world.identity(guarded.bob).execution_id
    thief = guarded.transport(guarded.ada, execution=bobs)
    with pytest.raises(ApiError):
        thief.call("GET", "/market/prices")
    thief.close()


@pytest.mark.parametrize(
    "subject",
    [
        "events.market.bid.placed",
        "$JS.API.STREAM.DELETE.EVENTS",
        "$JS.API.INFO",
        "$KV.prices.cpu_cores",
        "$SYS.REQ.USER.AUTH",
        "_INBOX.of.another",
        "work.executions",
        "economic.history.{bob}",
        "economic.balance.{bob}",
        "social.inbox.{bob}",
        "market.bid.steal",
    ],
)
def test_a_credential_publishes_to_the_doors_subjects_only(guarded: Guarded, subject: str) -> None:
    refused = attempt(guarded, publish=subject.format(bob=guarded.bob))
    assert "permissions violation for publish" in refused


@pytest.mark.parametrize(
    "subject",
    ["events.>", ">", "_INBOX.>", "_INBOX.{bob}.>", "$JS.>", "$KV.>", "$SYS.>", "economic.>"],
)
def test_a_credential_hears_its_own_inbox_only(guarded: Guarded, subject: str) -> None:
    bobs = guarded.world.identity(guarded.bob).execution_id
    refused = attempt(guarded, listen=subject.format(bob=bobs))
    assert "permissions violation for subscription" in refused


def test_a_credential_does_what_it_is_for(guarded: Guarded) -> None:
    mine = guarded.world.identity(guarded.ada).execution_id
    assert attempt(guarded, listen=f"_INBOX.{mine}.>") == ""
    assert attempt(guarded, publish=f"economic.history.{guarded.ada}") == ""
    assert attempt(guarded, publish="market.bid.withdraw") == ""


def attempt(guarded: Guarded, publish: str = "", listen: str = "") -> str:
    """What the server says to Ada's connection about one of both; empty if nothing."""
    problems: list[str] = []

    async def on_error(error: Exception) -> None:
        problems.append(str(error))

    async def go() -> None:
        client = Client()
        await client.connect(
            guarded.server.url,
            token=guarded.world.token(guarded.ada),
            error_cb=on_error,
            allow_reconnect=False,
        )
        if publish:
            await client.publish(publish, b"{}")
        if listen:
            await client.subscribe(listen)
        await client.flush()
        await asyncio.sleep(0.1)
        await client.close()

    asyncio.run(go())
    return " ".join(problems)


def test_the_sdk_says_what_the_server_refuses(guarded: Guarded) -> None:
    ada = guarded.transport(guarded.ada)
    with pytest.raises(Forbidden):
        ada.call("GET", f"/economic/balance/{guarded.bob}")
    ada.close()


@pytest.mark.parametrize("seed", ["", "nonsense", "SUAMK"])
def test_a_seed_that_is_none(seed: str) -> None:
    with pytest.raises(Unusable, match="signing_key"):
        Signer(seed)
