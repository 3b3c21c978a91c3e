"""The gateway's forwarder: bytes both ways, to its named targets, while the worker lives."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from syntropism.adapters.docker.control import Control
from syntropism.adapters.docker.forwarder import CONNECTIONS_MAX
from syntropism.adapters.docker.run_folder import FORWARDER


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


class Forwarding:
    """A forwarder in a process of its own, with one target."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.target = socket.socket(socket.AF_UNIX)
        self.target.bind(str(folder / "target.sock"))
        self.target.listen(256)
        self.control = Control(folder / "control.sock", lambda _: None)
        command = [sys.executable, "-I", "-S", "-B", str(FORWARDER), str(folder / "control.sock")]
        self.process = subprocess.Popen([*command, f"{self.port}={folder / 'target.sock'}"])
        nobody, self._keep = socket.socketpair()
        with nobody:
            assert self.control.await_ready(nobody.fileno())

    def client(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def close(self) -> None:
        self.control.close()
        self.target.close()
        self._keep.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def forwarding(tmp_path: Path) -> Iterator[Forwarding]:
    one = Forwarding(tmp_path)
    yield one
    one.close()


def test_much_goes_both_ways_at_once_and_ends_in_order(forwarding: Forwarding) -> None:
    content = bytes(range(256)) * 16_384  # far more than any buffer on the way

    def echo() -> None:
        with forwarding.target.accept()[0] as one:
            while data := one.recv(1 << 16):
                one.sendall(data)

    threading.Thread(target=echo, daemon=True).start()
    with forwarding.client() as client:

        def send() -> None:
            client.sendall(content)
            client.shutdown(socket.SHUT_WR)

        sending = threading.Thread(target=send)
        sending.start()
        received = b"".join(iter(lambda: client.recv(1 << 16), b""))
        sending.join()
    assert received == content


def test_a_target_that_is_gone_ends_the_connection(forwarding: Forwarding) -> None:
    forwarding.target.close()
    with forwarding.client() as client:
        assert client.recv(1) == b""


def test_connections_are_bounded_and_places_come_back(forwarding: Forwarding) -> None:
    forwarding.target.settimeout(60)
    clients = [forwarding.client() for _ in range(CONNECTIONS_MAX + 5)]
    for number, client in enumerate(clients):
        client.sendall(bytes([number]))
    served = [forwarding.target.accept()[0] for _ in range(CONNECTIONS_MAX)]
    forwarding.target.settimeout(0.5)
    with pytest.raises(TimeoutError):
        forwarding.target.accept()
    for one in served[
        :5
    ]:  # a place is free when both sides have closed, in whatever order they came
        clients[one.recv(1)[0]].close()
        one.close()
    forwarding.target.settimeout(60)
    served += [forwarding.target.accept()[0] for _ in range(5)]
    for one in (*clients, *served):
        one.close()


def test_it_ends_with_its_worker(forwarding: Forwarding) -> None:
    forwarding.control.close()
    assert forwarding.process.wait(10) == 0
