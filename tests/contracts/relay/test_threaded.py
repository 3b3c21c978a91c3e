"""The relay that carries bytes keeps the contract, with a thread that comes and goes."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.relay.suite import Address, RelayContract, Relays, ask, everything
from tests.contracts.sandbox.service import fake_service

from syntropism.adapters.relay import RelayCaps, ThreadedSocketRelay
from syntropism.adapters.relay.connection import Connection


class TestThreadedRelay(RelayContract):
    @pytest.fixture
    def relays(self) -> Iterator[Relays]:
        made: list[ThreadedSocketRelay] = []

        def make(caps: RelayCaps | None = None) -> ThreadedSocketRelay:
            made.append(ThreadedSocketRelay(caps))
            return made[-1]

        yield make
        for relay in made:
            relay.close()

    @pytest.fixture
    def address(self) -> Iterator[Address]:
        with fake_service() as address:
            yield address

    @pytest.fixture
    def echo(self) -> Iterator[Address]:
        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with connection:
                connection.sendall(everything(connection))

        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=serve, daemon=True).start()
            yield server.getsockname()

    @pytest.fixture
    def deaf(self) -> Iterator[Address]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()

    @pytest.fixture
    def down(self) -> Address:
        return ("127.0.0.1", 9)

    @pytest.fixture
    def a_bug(self) -> tuple[type, tuple[str, ...]]:
        return Connection, ("hand_on", "advance")

    def test_a_closed_relay_can_be_used_again(self, path: Path, address: Address) -> None:
        relay = ThreadedSocketRelay()
        others = set(threading.enumerate())
        for _ in range(2):
            with relay.open(path, address, lambda _: None):
                assert b"200" in ask(path)
            relay.close()
        ours = set(threading.enumerate()) - others
        assert "relay" not in {thread.name for thread in ours}

    def test_a_relay_closed_too_early_lets_its_doors_close(
        self, path: Path, address: Address
    ) -> None:
        relay = ThreadedSocketRelay()
        started = time.monotonic()
        with relay.open(path, address, lambda _: None):
            relay.close()
            relay.close()
        assert time.monotonic() - started < 2
        assert not path.exists()
