"""Doors that lead straight into an API of this process keep the contract too."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen
from tests.contracts.relay.api import small_api
from tests.contracts.relay.suite import Address, RelayContract, Relays, ask, connect, has_ended
from tests.contracts.sandbox.service import fake_service

from syntropism.adapters.relay import DirectRelay, LocalApi, RelayCaps, ThreadedSocketRelay
from syntropism.adapters.relay.guarded import GuardedConnection
from syntropism.adapters.rest.server import RunningServer

HTTP, ECHO, DEAF, DOWN = (("in this process", port) for port in range(4))


@frozen
class Speaking:
    """Another protocol in the loop of a real server."""

    loop: asyncio.AbstractEventLoop
    protocol: Callable[[], asyncio.Protocol]


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.received = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self.received += data

    def eof_received(self) -> bool:
        self.transport.write(self.received)
        self.transport.close()
        return True


class Deaf(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with small_api() as running:
        yield running


class TestDirectRelay(RelayContract):
    @pytest.fixture
    def relays(self, server: RunningServer) -> Iterator[Relays]:
        apis: dict[Address, LocalApi] = {
            HTTP: server,
            ECHO: Speaking(server.loop, Echo),
            DEAF: Speaking(server.loop, Deaf),
            DOWN: _stopped(),
        }
        otherwise = ThreadedSocketRelay()

        def make(caps: RelayCaps | None = None) -> DirectRelay:
            return DirectRelay(apis.get, otherwise, caps)

        yield make
        otherwise.close()

    @pytest.fixture
    def address(self) -> Address:
        return HTTP

    @pytest.fixture
    def echo(self) -> Address:
        return ECHO

    @pytest.fixture
    def deaf(self) -> Address:
        return DEAF

    @pytest.fixture
    def down(self) -> Address:
        return DOWN

    @pytest.fixture
    def a_bug(self) -> tuple[type, tuple[str, ...]]:
        return GuardedConnection, ("data_received",)

    def test_no_thread_is_needed(self, relays: Relays, path: Path) -> None:
        before = set(threading.enumerate())
        with relays().open(path, HTTP, lambda _: None):
            assert b"200" in ask(path)
            assert set(threading.enumerate()) == before

    def test_other_addresses_are_relayed_to(self, relays: Relays, path: Path) -> None:
        with (
            fake_service() as elsewhere,
            relays().open(path, elsewhere, lambda _: None),
        ):
            assert b"200" in ask(path)

    def test_what_is_sent_counts_as_well(self, relays: Relays, path: Path) -> None:
        relay = relays(RelayCaps(connection_bytes_max=150_000))
        with relay.open(path, ECHO, lambda _: None), connect(path) as client:
            client.sendall(b"x" * 100_000)
            client.shutdown(socket.SHUT_WR)
            assert has_ended(client)

    def test_many_requests_over_one_connection(self, relays: Relays, path: Path) -> None:
        with relays().open(path, HTTP, lambda _: None), connect(path) as client:
            for number in range(50):
                client.sendall(f"GET /{number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                received = b""
                while not received.endswith(b"}}"):
                    received += client.recv(65536)
                assert f'"/{number}"'.encode() in received

    def test_a_server_that_stops_ends_its_doors(
        self, relays: Relays, server: RunningServer, path: Path
    ) -> None:
        with relays().open(path, HTTP, lambda _: None):
            with connect(path) as client:
                assert b"200" in ask(path)
                started = time.monotonic()
                server.stop()
                assert has_ended(client)
            with pytest.raises(OSError, match=r"refused|reset"):
                connect(path)
        assert time.monotonic() - started < 8
        assert not path.exists()

    def test_a_closed_door_leaves_nothing_in_the_loop(
        self, relays: Relays, server: RunningServer, path: Path
    ) -> None:
        def tasks() -> int:
            asked = asyncio.run_coroutine_threadsafe(_tasks(), server.loop)
            return asked.result(5)

        before = tasks()
        for _ in range(5):
            with relays().open(path, HTTP, lambda _: None), connect(path):
                assert b"200" in ask(path)
        time.sleep(0.2)
        assert tasks() == before


async def _tasks() -> int:
    return len(asyncio.all_tasks())


def _stopped() -> RunningServer:
    with small_api() as server:
        return server
