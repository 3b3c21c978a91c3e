"""The port where editors attach."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syntropism.adapters.relay.debug import SESSIONS_MAX, LoopbackDebugRelay
from syntropism.application.ports.sandbox import ProviderFailed

ANSWER = b'Content-Length: 20\r\n\r\n{"type": "response"}'


@pytest.fixture
def relay() -> Iterator[LoopbackDebugRelay]:
    one = LoopbackDebugRelay(0)
    one.start()
    yield one
    one.close()


def attach(relay: LoopbackDebugRelay) -> socket.socket:
    host, port = relay.address.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_an_editor_is_led_into_the_window_and_out_again(
    relay: LoopbackDebugRelay, tmp_path: Path
) -> None:
    assert relay.address.startswith("127.0.0.1:")
    path = tmp_path / "debug.sock"
    with relay.lead(path) as listener:
        assert path.stat().st_mode & 0o777 == 0o600
        listener.settimeout(10)
        with attach(relay) as editor, listener.accept()[0] as inside:
            editor.sendall(b"anything")
            assert inside.recv(64) == b"anything"
            inside.sendall(ANSWER)
            assert json.loads(editor.recv(64).partition(b"\r\n\r\n")[2]) == {"type": "response"}
            inside.close()
            assert editor.recv(1) == b""
    assert not path.exists()


def test_what_is_not_the_protocol_cuts_the_agent_off(
    relay: LoopbackDebugRelay, tmp_path: Path
) -> None:
    with relay.lead(tmp_path / "debug.sock") as listener:
        listener.settimeout(10)
        with attach(relay) as editor, listener.accept()[0] as inside:
            inside.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert editor.recv(1) == b""


def test_who_comes_before_a_window_waits_for_it(relay: LoopbackDebugRelay, tmp_path: Path) -> None:
    with attach(relay) as editor:
        editor.sendall(b"early")
        time.sleep(0.3)
        with relay.lead(tmp_path / "debug.sock") as listener:
            listener.settimeout(10)
            with listener.accept()[0] as inside:
                assert inside.recv(64) == b"early"


def test_who_loses_patience_is_forgotten(relay: LoopbackDebugRelay, tmp_path: Path) -> None:
    for _ in range(SESSIONS_MAX * 3):
        attach(relay).close()
    time.sleep(1)
    with relay.lead(tmp_path / "debug.sock") as listener:
        listener.settimeout(10)
        with attach(relay), listener.accept()[0]:
            pass


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ProviderFailed, match=str(port)):
            LoopbackDebugRelay(port).start()


def test_closing_ends_what_waits(relay: LoopbackDebugRelay) -> None:
    port = int(relay.address.split(":")[1])
    with attach(relay) as editor:
        time.sleep(0.3)
        closing = threading.Thread(target=relay.close)
        closing.start()
        assert editor.recv(1) == b""
        closing.join()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
