"""What every relay must do: pass bytes both ways, keep its caps, and never fall over."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syntropism.adapters.relay import RelayCaps
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import ProviderFailed

REQUEST = b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


Relays = Callable[..., SocketRelay]
Address = tuple[str, int]


def _nobody(_: Path) -> None:
    pass


def connect(path: Path) -> socket.socket:
    """Connects as a sandbox does."""
    folder = os.open(path.parent, os.O_RDONLY)
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"/proc/self/fd/{folder}/{path.name}")
    client.settimeout(5)
    os.close(folder)
    return client


def everything(client: socket.socket) -> bytes:
    """What comes until the end."""
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def ask(path: Path) -> bytes:
    """One request over a connection of its own; the answer."""
    with connect(path) as client:
        client.sendall(REQUEST)
        return everything(client)


def has_ended(client: socket.socket) -> bool:
    """Whether the other side ends the connection, without a word."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


class RelayContract:
    """Inherited by the tests of each relay, which say what listens where."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "service.sock"

    @pytest.fixture
    def relays(self) -> Iterator[Relays]:
        """Makes relays, perhaps with caps of the test's own."""
        raise NotImplementedError

    @pytest.fixture
    def address(self) -> Address | Iterator[Address]:
        """Answers every GET with the path it was asked for."""
        raise NotImplementedError

    @pytest.fixture
    def echo(self) -> Address | Iterator[Address]:
        """Sends back what it gets, after the client has said all."""
        raise NotImplementedError

    @pytest.fixture
    def deaf(self) -> Address | Iterator[Address]:
        """Accepts, and reads nothing."""
        raise NotImplementedError

    @pytest.fixture
    def down(self) -> Address | Iterator[Address]:
        """Nobody is there."""
        raise NotImplementedError

    @pytest.fixture
    def a_bug(self) -> tuple[type, tuple[str, ...]]:
        """What class has which methods that can go wrong when a client says something."""
        raise NotImplementedError

    def test_a_request_is_answered(self, relays: Relays, path: Path, address: Address) -> None:
        relay = relays()
        with relay.open(path, address, _nobody), connect(path) as client:
            client.sendall(REQUEST)
            assert everything(client).endswith(b'{"data": {"path": "/x"}}')

    def test_a_further_listener_is_relayed_too(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        relay = relays()
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        with relay.open(path, address, _nobody) as door:
            door.admit(listener)
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(REQUEST)
                assert b"200" in everything(client)
        with pytest.raises(OSError, match=r"refused|reset"):
            socket.create_connection(("127.0.0.1", port), timeout=1)

    def test_much_in_both_directions_arrives_whole(
        self, relays: Relays, path: Path, echo: Address
    ) -> None:
        relay = relays()
        sent = os.urandom(5_000_000)
        with relay.open(path, echo, _nobody), connect(path) as client:

            def send() -> None:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)

            sender = threading.Thread(target=send)
            sender.start()
            assert everything(client) == sent
            sender.join()

    def test_the_socket_is_handed_to_its_owner_and_gone_afterwards(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        owned: list[Path] = []
        relay = relays()
        with relay.open(path, address, owned.append):
            assert owned == [path]
            assert path.is_socket()
        assert not path.exists()

    def test_the_length_of_the_path_does_not_matter(
        self, relays: Relays, tmp_path: Path, address: Address
    ) -> None:
        folder = tmp_path / ("x" * 120) / ("y" * 120)
        folder.mkdir(parents=True)
        relay = relays()
        with relay.open(folder / "s", address, _nobody), connect(folder / "s") as client:
            client.sendall(REQUEST)
            assert b"200" in everything(client)

    def test_a_socket_that_cannot_be_made_is_a_fault_of_ours(
        self, relays: Relays, tmp_path: Path, address: Address
    ) -> None:
        relay = relays()
        with (
            pytest.raises(ProviderFailed),
            relay.open(tmp_path / "no" / "s", address, _nobody),
        ):
            pass

    def test_many_doors_at_once(self, relays: Relays, tmp_path: Path, address: Address) -> None:
        relay = relays()
        answers: list[bool] = []

        def live(number: int) -> None:
            path = tmp_path / f"{number}.sock"
            with relay.open(path, address, _nobody):
                for _ in range(20):
                    with connect(path) as client:
                        client.sendall(REQUEST)
                        answers.append(b"200" in everything(client))

        threads = [threading.Thread(target=live, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [True] * 240

    def test_a_host_without_free_descriptors_makes_clients_wait(
        self, relays: Relays, path: Path, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        relay = relays()
        accept = socket.socket.accept
        refusals = iter([True, True])

        def scarce(listener: socket.socket) -> tuple[socket.socket, object]:
            if next(refusals, False):
                raise OSError(24, "Too many open files")
            return accept(listener)

        with relay.open(path, address, _nobody), connect(path) as client:
            monkeypatch.setattr(socket.socket, "accept", scarce)
            with connect(path) as second:
                second.sendall(REQUEST)
                assert b"200" in everything(second)
            client.sendall(REQUEST)
            assert b"200" in everything(client)

    def test_a_bug_of_ours_ends_one_connection_only(
        self,
        relays: Relays,
        path: Path,
        address: Address,
        monkeypatch: pytest.MonkeyPatch,
        a_bug: tuple[type, tuple[str, ...]],
    ) -> None:
        relay = relays()
        with relay.open(path, address, _nobody):
            with monkeypatch.context() as patch, connect(path) as client:
                for way in a_bug[1]:
                    patch.setattr(a_bug[0], way, lambda *_: 1 / 0)
                client.sendall(REQUEST)
                assert has_ended(client)
            with connect(path) as client:
                client.sendall(REQUEST)
                assert b"200" in everything(client)

    def test_an_api_that_is_down_ends_the_connection_only(
        self, relays: Relays, path: Path, down: Address
    ) -> None:
        relay = relays()
        with relay.open(path, down, _nobody):
            for _ in range(3):
                with connect(path) as client:
                    assert has_ended(client)

    def test_clients_that_vanish_harm_nobody(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        relay = relays(RelayCaps(connections_max=500))
        with relay.open(path, address, _nobody):
            for number in range(100):
                client = connect(path)
                if number % 2:
                    client.sendall(REQUEST)
                client.close()
            with connect(path) as client:
                client.sendall(REQUEST)
                assert b"200" in everything(client)

    def test_closing_the_door_ends_open_connections(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        relay = relays()
        with relay.open(path, address, _nobody):
            client = connect(path)
        with client:
            assert has_ended(client)

    def test_a_server_that_stops_reading_does_not_fill_our_memory(
        self, relays: Relays, path: Path, deaf: Address
    ) -> None:
        relay = relays()
        with (
            relay.open(path, deaf, _nobody),
            connect(path) as client,
        ):
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.sendall(b"x" * 50_000_000)

    def test_connections_at_once_are_capped_and_the_rest_waits(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        relay = relays(RelayCaps(connections_max=2))
        with relay.open(path, address, _nobody):
            first, second, third = connect(path), connect(path), connect(path)
            third.sendall(REQUEST)
            third.settimeout(0.4)
            with pytest.raises(TimeoutError):
                third.recv(1)
            first.close()
            third.settimeout(5)
            assert b"200" in everything(third)
            second.close()
            third.close()

    def test_bytes_per_connection_are_capped(
        self, relays: Relays, path: Path, echo: Address
    ) -> None:
        relay = relays(RelayCaps(connection_bytes_max=100_000))
        with (
            relay.open(path, echo, _nobody),
            connect(path) as client,
            pytest.raises((BrokenPipeError, ConnectionResetError)),
        ):
            client.sendall(b"x" * 50_000_000)

    def test_connections_per_second_are_capped(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        caps = RelayCaps(connections_max=5, connections_per_second_max=20)
        relay = relays(caps)
        started = time.monotonic()
        with relay.open(path, address, _nobody):
            for _ in range(15):  # five at once, ten more at twenty a second
                with connect(path) as client:
                    client.sendall(REQUEST)
                    assert b"200" in everything(client)
        assert time.monotonic() - started >= 0.4

    def test_silent_connections_are_closed(
        self, relays: Relays, path: Path, address: Address
    ) -> None:
        caps = RelayCaps(first_byte_seconds_max=0.2, idle_seconds_max=60)
        relay = relays(caps)
        with relay.open(path, address, _nobody), connect(path) as client:
            started = time.monotonic()
            assert has_ended(client)
            assert time.monotonic() - started < 4

    def test_idle_connections_are_closed(self, relays: Relays, path: Path, echo: Address) -> None:
        relay = relays(RelayCaps(idle_seconds_max=0.2))
        with relay.open(path, echo, _nobody), connect(path) as client:
            client.sendall(b"half a request")
            assert has_ended(client)
