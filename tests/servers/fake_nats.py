"""A NATS server in words only: it introduces itself, and answers pings or refuses."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any


@contextmanager
def fake_nats(*, refuses: bool = False, **info: Any) -> Iterator[str]:
    """Its URL, while it lasts. ``info`` is what it says of itself; ``refuses``: nobody may in."""
    said = {"server_id": "x", "version": "2.11.0", "max_payload": 1048576, "jetstream": True,
            "proto": 1, "headers": True, "auth_required": refuses, **info}  # fmt: skip
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(b"INFO " + json.dumps(said).encode() + b"\r\n")
            while data := connection.recv(65_536):
                if refuses and b"CONNECT" in data:
                    connection.sendall(b"-ERR 'Authorization Violation'\r\n")
                    return
                if b"PING" in data:
                    connection.sendall(b"PONG\r\n")

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                Thread(target=answer, args=(connection,), daemon=True).start()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"nats://me:hunter2@127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
