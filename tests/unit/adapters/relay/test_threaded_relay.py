"""The relay passes bytes both ways, keeps its caps, and never falls over."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.sandbox.service import fake_service

from syntropism.adapters.relay import RelayCaps, ThreadedSocketRelay
from syntropism.adapters.relay.caps import TokenBucket
from syntropism.adapters.relay.connection import Connection
from syntropism.application.ports.sandbox import ProviderFailed

REQUEST = b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "service.sock"


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with fake_service() as address:
        yield address


def _nobody(_: Path) -> None:
    pass


def _connect(path: Path) -> socket.socket:
    folder = os.open(path.parent, os.O_RDONLY)
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"/proc/self/fd/{folder}/{path.name}")
    client.settimeout(5)
    os.close(folder)
    return client


def _all(client: socket.socket) -> bytes:
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def _echo_server() -> tuple[socket.socket, tuple[str, int]]:
    """Sends back what it gets, after the client has said all."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(
                target=lambda c: (c.sendall(_all(c)), c.close()), args=(connection,), daemon=True
            ).start()

    threading.Thread(target=serve, daemon=True).start()
    return server, server.getsockname()


class TestRelaying:
    def test_a_request_is_answered(self, path: Path, address: tuple[str, int]) -> None:
        relay = ThreadedSocketRelay()
        with relay.open(path, address, _nobody), _connect(path) as client:
            client.sendall(REQUEST)
            assert _all(client).endswith(b'{"data": {"path": "/x"}}')
        relay.close()

    def test_a_further_listener_is_relayed_too(self, path: Path, address: tuple[str, int]) -> None:
        relay = ThreadedSocketRelay()
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        with relay.open(path, address, _nobody) as door:
            door.admit(listener)
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(REQUEST)
                assert b"200" in _all(client)
        with pytest.raises(OSError, match=r"refused|reset"):
            socket.create_connection(("127.0.0.1", port), timeout=1)
        relay.close()

    def test_much_in_both_directions_arrives_whole(self, path: Path) -> None:
        server, address = _echo_server()
        relay = ThreadedSocketRelay()
        sent = os.urandom(5_000_000)
        with server, relay.open(path, address, _nobody), _connect(path) as client:

            def send() -> None:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)

            sender = threading.Thread(target=send)
            sender.start()
            assert _all(client) == sent
            sender.join()
        relay.close()

    def test_the_socket_is_handed_to_its_owner_and_gone_afterwards(
        self, path: Path, address: tuple[str, int]
    ) -> None:
        owned: list[Path] = []
        relay = ThreadedSocketRelay()
        with relay.open(path, address, owned.append):
            assert owned == [path]
            assert path.is_socket()
        assert not path.exists()
        relay.close()

    def test_the_length_of_the_path_does_not_matter(
        self, tmp_path: Path, address: tuple[str, int]
    ) -> None:
        folder = tmp_path / ("x" * 120) / ("y" * 120)
        folder.mkdir(parents=True)
        relay = ThreadedSocketRelay()
        with relay.open(folder / "s", address, _nobody), _connect(folder / "s") as client:
            client.sendall(REQUEST)
            assert b"200" in _all(client)
        relay.close()

    def test_a_socket_that_cannot_be_made_is_a_fault_of_ours(
        self, tmp_path: Path, address: tuple[str, int]
    ) -> None:
        relay = ThreadedSocketRelay()
        with (
            pytest.raises(ProviderFailed),
            relay.open(tmp_path / "no" / "s", address, _nobody),
        ):
            pass

    def test_many_doors_at_once(self, tmp_path: Path, address: tuple[str, int]) -> None:
        relay = ThreadedSocketRelay()
        answers: list[bool] = []

        def live(number: int) -> None:
            path = tmp_path / f"{number}.sock"
            with relay.open(path, address, _nobody):
                for _ in range(20):
                    with _connect(path) as client:
                        client.sendall(REQUEST)
                        answers.append(b"200" in _all(client))

        threads = [threading.Thread(target=live, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [True] * 240
        relay.close()

    def test_a_closed_relay_can_be_used_again(self, path: Path, address: tuple[str, int]) -> None:
        relay = ThreadedSocketRelay()
        others = set(threading.enumerate())
        for _ in range(2):
            with relay.open(path, address, _nobody), _connect(path) as client:
                client.sendall(REQUEST)
                assert b"200" in _all(client)
            relay.close()
        ours = set(threading.enumerate()) - others
        assert "relay" not in {thread.name for thread in ours}


class TestTrouble:
    def test_a_relay_closed_too_early_lets_its_doors_close(
        self, path: Path, address: tuple[str, int]
    ) -> None:
        relay = ThreadedSocketRelay()
        started = time.monotonic()
        with relay.open(path, address, _nobody):
            relay.close()
            relay.close()
        assert time.monotonic() - started < 2
        assert not path.exists()

    def test_a_host_without_free_descriptors_makes_clients_wait(
        self, path: Path, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        relay = ThreadedSocketRelay()
        accept = socket.socket.accept
        refusals = iter([True, True])

        def scarce(listener: socket.socket) -> tuple[socket.socket, object]:
            if next(refusals, False):
                raise OSError(24, "Too many open files")
            return accept(listener)

        with relay.open(path, address, _nobody), _connect(path) as client:
            monkeypatch.setattr(socket.socket, "accept", scarce)
            with _connect(path) as second:
                second.sendall(REQUEST)
                assert b"200" in _all(second)
            client.sendall(REQUEST)
            assert b"200" in _all(client)
        relay.close()

    def test_a_bug_of_ours_ends_one_connection_only(
        self, path: Path, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        relay = ThreadedSocketRelay()
        with relay.open(path, address, _nobody):
            with monkeypatch.context() as patch, _connect(path) as client:
                for way in ("hand_on", "advance"):
                    patch.setattr(Connection, way, lambda *_: 1 / 0)
                client.sendall(REQUEST)
                assert _ended(client)
            with _connect(path) as client:
                client.sendall(REQUEST)
                assert b"200" in _all(client)
        relay.close()

    def test_an_api_that_is_down_ends_the_connection_only(self, path: Path) -> None:
        relay = ThreadedSocketRelay()
        with relay.open(path, ("127.0.0.1", 9), _nobody):
            for _ in range(3):
                with _connect(path) as client:
                    assert _ended(client)
        relay.close()

    def test_clients_that_vanish_harm_nobody(self, path: Path, address: tuple[str, int]) -> None:
        relay = ThreadedSocketRelay(RelayCaps(connections_max=500))
        with relay.open(path, address, _nobody):
            for number in range(100):
                client = _connect(path)
                if number % 2:
                    client.sendall(REQUEST)
                client.close()
            with _connect(path) as client:
                client.sendall(REQUEST)
                assert b"200" in _all(client)
        relay.close()

    def test_closing_the_door_ends_open_connections(
        self, path: Path, address: tuple[str, int]
    ) -> None:
        relay = ThreadedSocketRelay()
        with relay.open(path, address, _nobody):
            client = _connect(path)
        with client:
            assert _ended(client)
        relay.close()

    def test_a_server_that_stops_reading_does_not_fill_our_memory(self, path: Path) -> None:
        relay = ThreadedSocketRelay()
        with (
            socket.create_server(("127.0.0.1", 0)) as deaf,
            relay.open(path, deaf.getsockname(), _nobody),
            _connect(path) as client,
        ):
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.sendall(b"x" * 50_000_000)
        relay.close()


class TestCaps:
    def test_connections_at_once_are_capped_and_the_rest_waits(
        self, path: Path, address: tuple[str, int]
    ) -> None:
        relay = ThreadedSocketRelay(RelayCaps(connections_max=2))
        with relay.open(path, address, _nobody):
            first, second, third = _connect(path), _connect(path), _connect(path)
            third.sendall(REQUEST)
            third.settimeout(0.4)
            with pytest.raises(TimeoutError):
                third.recv(1)
            first.close()
            third.settimeout(5)
            assert b"200" in _all(third)
            second.close()
            third.close()
        relay.close()

    def test_bytes_per_connection_are_capped(self, path: Path) -> None:
        server, address = _echo_server()
        relay = ThreadedSocketRelay(RelayCaps(connection_bytes_max=100_000))
        with (
            server,
            relay.open(path, address, _nobody),
            _connect(path) as client,
            pytest.raises((BrokenPipeError, ConnectionResetError)),
        ):
            client.sendall(b"x" * 50_000_000)
        relay.close()

    def test_connections_per_second_are_capped(self, path: Path, address: tuple[str, int]) -> None:
        caps = RelayCaps(connections_max=5, connections_per_second_max=20)
        relay = ThreadedSocketRelay(caps)
        started = time.monotonic()
        with relay.open(path, address, _nobody):
            for _ in range(15):  # five at once, ten more at twenty a second
                with _connect(path) as client:
                    client.sendall(REQUEST)
                    assert b"200" in _all(client)
        assert time.monotonic() - started >= 0.4
        relay.close()

    def test_silent_connections_are_closed(self, path: Path, address: tuple[str, int]) -> None:
        caps = RelayCaps(first_byte_seconds_max=0.2, idle_seconds_max=60)
        relay = ThreadedSocketRelay(caps)
        with relay.open(path, address, _nobody), _connect(path) as client:
            started = time.monotonic()
            assert _ended(client)
            assert time.monotonic() - started < 4
        relay.close()

    def test_idle_connections_are_closed(self, path: Path) -> None:
        server, address = _echo_server()
        relay = ThreadedSocketRelay(RelayCaps(idle_seconds_max=0.2))
        with server, relay.open(path, address, _nobody), _connect(path) as client:
            client.sendall(b"half a request")
            assert _ended(client)
        relay.close()


class TestTokenBucket:
    def test_a_burst_passes_and_then_the_rate(self) -> None:
        bucket = TokenBucket(rate=2, burst=3)
        assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
        assert [bucket.take(100.5) for _ in range(2)] == [True, False]
        assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def _ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True
