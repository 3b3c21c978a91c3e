"""The SDK's own NATS client, against a server made of a socket."""

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from syntropism.agent_sdk.syntropism_sdk import (
    HttpTransport,
    NatsTransport,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    connect,
)

Script = Callable[[BinaryIO, Callable[[bytes], None]], None]


def served(script: Script, **info: object) -> tuple[str, threading.Thread]:
    """A server that says hello, then does as the script says with the first request."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listener, listener.accept()[0] as connection, connection.makefile("rb") as heard:
            hello = {"max_payload": 1_000_000, "headers": True, **info}
            connection.sendall(b"INFO " + json.dumps(hello).encode() + b"\r\n")
            while not heard.readline().startswith(b"PING"):
                pass
            connection.sendall(b"PONG\r\n")
            script(heard, connection.sendall)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return f"nats://127.0.0.1:{listener.getsockname()[1]}", thread


def asked(heard: BinaryIO) -> tuple[str, str, bytes]:
    """Subject, inbox, and headers with payload of one request."""
    _, subject, inbox, _, size = heard.readline().decode().split()
    return subject, inbox, heard.read(int(size) + 2)[:-2]


def message(inbox: str, head: str, body: bytes) -> bytes:
    raw = head.encode()
    sizes = f"{len(raw)} {len(raw) + len(body)}"
    return f"HMSG {inbox} 1 {sizes}\r\n".encode() + raw + body + b"\r\n"


def test_an_answer_among_other_lines() -> None:
    seen: list[tuple[str, bytes]] = []

    def script(heard: BinaryIO, say: Callable[[bytes], None]) -> None:
        subject, inbox, request = asked(heard)
        seen.append((subject, request))
        say(b"PING\r\n+OK\r\nINFO {}\r\n")
        say(f"MSG {inbox}9 1 2\r\n{{}}\r\n".encode())  # of an earlier question
        body = b'{"data": {"n": 0.1}, "meta": {}}'
        say(f"MSG {inbox} 1 {len(body)}\r\n".encode() + body + b"\r\n")
        assert heard.readline() == b"PONG\r\n"

    url, thread = served(script)
    transport = NatsTransport(url, "a.b.c", "exe")
    answer = transport.call("DELETE", "/market/bid/x.y%20z", None, "key")
    assert str(answer["n"]) == "0.1"
    thread.join(5)
    transport.close()
    ((subject, request),) = seen
    assert subject == "market.bid.withdraw.x%2Ey%20z"
    assert b"Authorization: Bearer a.b.c\r\nIdempotency-Key: key\r\n\r\n" in request


def test_refusals_of_the_service_and_of_the_server() -> None:
    def refused(heard: BinaryIO, say: Callable[[bytes], None]) -> None:
        _, inbox, _ = asked(heard)
        body = b'{"error": {"code": "NOT_FOUND", "message": "no", "details": {"field": "x"}}}'
        say(message(inbox, "NATS/1.0\r\nNats-Service-Error-Code: 404\r\n\r\n", body))
        _, inbox, _ = asked(heard)
        say(message(inbox, "NATS/1.0 503\r\n\r\n", b""))  # nobody listens there
        asked(heard)
        say(b"-ERR 'Authorization Violation'\r\n")

    url, _ = served(refused)
    transport = NatsTransport(url, "a.b.c", "exe", attempts_max=1)
    with pytest.raises(NotFound) as caught:
        transport.call("GET", "/human/prompt/nothing")
    assert caught.value.details == {"field": "x"}
    with pytest.raises(Unavailable):
        transport.call("GET", "/market/prices")
    with pytest.raises(Unauthenticated):
        transport.call("GET", "/market/prices")
    transport.close()


def test_what_the_server_does_not_carry_is_not_sent() -> None:
    url, _ = served(lambda heard, say: None, max_payload=300)
    transport = NatsTransport(url, "a.b.c", "exe", attempts_max=1)
    with pytest.raises(TooLarge):
        transport.call("POST", "/execution/reasoning", {"text": "x" * 300}, "k")
    transport.close()


def test_a_connection_that_is_cut_is_opened_again_with_the_same_key() -> None:
    keys: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for number in range(2):
            with listener.accept()[0] as connection, connection.makefile("rb") as heard:
                connection.sendall(b'INFO {"max_payload": 1000000}\r\n')
                while not heard.readline().startswith(b"PING"):
                    pass
                connection.sendall(b"PONG\r\n")
                _, inbox, request = asked(heard)
                keys.append(request.partition(b"Idempotency-Key: ")[2].partition(b"\r\n")[0])
                if number:
                    connection.sendall(message(inbox, "NATS/1.0\r\n\r\n", b'{"data": 1}'))
        listener.close()

    threading.Thread(target=run, daemon=True).start()
    url = f"nats://127.0.0.1:{listener.getsockname()[1]}"
    transport = NatsTransport(url, "a.b.c", "exe", sleep=lambda _seconds: None)
    assert transport.call("POST", "/economic/transfer", {"to": "x", "amount": 1}, "one") == 1
    assert keys == [b"one", b"one"]
    transport.close()


@pytest.mark.parametrize("url", ["http://x", "nats://", "nats://x/y", "x"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="speaks nats://"):
        NatsTransport(url, "t", "exe")


def test_an_agent_speaks_nats_where_it_is_told_of_it(tmp_path: Path) -> None:
    env = tmp_path / "env.json"
    env.write_text(json.dumps({"execution_id": "exe", "agent_id": "ada", "deadline": None}))
    common = {"ENV_JSON_PATH": str(env), "SYSTEM_SERVICE_TOKEN": "a.b.c"}
    over_nats = connect({**common, "NATS_URL": "nats://127.0.0.1:4222"})
    assert isinstance(over_nats._transport, NatsTransport)
    assert isinstance(connect(common)._transport, HttpTransport)
