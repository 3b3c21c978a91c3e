"""The connection itself: what happens to those who wait when it is lost."""

import asyncio
import time

import pytest
from tests.integration.nats.history import linked
from tests.servers.nats import NatsServer

from syntropism.adapters.nats.link import CALL_SECONDS, Unreachable


def test_who_waits_for_an_answer_is_told_when_the_connection_is_lost(own_nats: NatsServer) -> None:
    with linked(own_nats.url) as link:

        async def ask() -> None:
            inbox = link.client.new_inbox()
            await link.client.subscribe("nobody.answers")
            subscription = await link.client.subscribe(inbox)
            asyncio.get_running_loop().call_later(0.1, own_nats.send, 9)
            await subscription.next_msg(timeout=6 * CALL_SECONDS)

        began = time.monotonic()
        with pytest.raises(Unreachable, match="was lost"):
            link.call(ask(), 6 * CALL_SECONDS)
        assert time.monotonic() - began < 3 * CALL_SECONDS
        own_nats.stop()
        own_nats.start()
        link.call(link.client.flush(), CALL_SECONDS)


def test_what_is_closed_is_not_lost(own_nats: NatsServer) -> None:
    with linked(own_nats.url) as link:
        client = link.client
    assert client.is_closed
