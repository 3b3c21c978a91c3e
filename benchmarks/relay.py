"""The System Service over a sandbox's socket against the same over TCP loopback.

One server process holds the whole door over SQLite (``rest_balance.py``) and the relay, as
``syntropism run`` does; the same client asks the same over two kept connections in turns: one to
the server's port, one to the Unix socket that a sandbox would see. The target is 0.9 of the
requests per second, with what an agent asks in a window (look at its means, the prices and its
mail, have a bundle quoted, bid). Further rows have the cheapest question alone, which shows what a
hop costs, and four clients at once. The same again with the relay in a process of its own, as in a
``syntropism worker``, which has to carry the bytes to the API's port.

What carries bytes wakes up twice per question. For the cheapest question that alone is more than
the target leaves: a relay in C that did nothing else, and kept no caps, reached 0.87 to 0.90 where
a bare loop in Python reached 0.84 and the relay 0.81.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import rest_balance
from fastapi import FastAPI
from harness import Row, compare, main, timed

from syntropism.adapters.relay import DirectRelay, ThreadedSocketRelay
from syntropism.adapters.rest.server import serve_in_thread

TARGET = 0.9
REQUESTS = 2_000
CLIENTS = 4
SERVE = "--serve"
CARRY = "--carry"
EMBEDDED = "service.sock"
REMOTE = "remote.sock"


def serve(folder: str) -> None:
    """The door, and its relay, until the standard input ends."""

    def announce(app: FastAPI, path: str, token: str) -> None:
        server = serve_in_thread(app)
        host, _, port = server.address.removeprefix("http://").partition(":")
        relay = DirectRelay(lambda _: server, ThreadedSocketRelay())
        with relay.open(Path(folder) / EMBEDDED, (host, int(port)), lambda _: None):
            print(host, port, path, token, flush=True)
            sys.stdin.read()

    rest_balance.serve_balance(folder, announce)


def carry(folder: str, host: str, port: str) -> None:
    """A relay to an API elsewhere, until the standard input ends."""
    relay = ThreadedSocketRelay()
    with relay.open(Path(folder) / REMOTE, (host, int(port)), lambda _: None):
        print(host, port, flush=True)
        sys.stdin.read()
    relay.close()


def begin(stack: ExitStack, *arguments: str) -> list[str]:
    """Starts another process of this file; what it announces."""
    command = [sys.executable, __file__, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stack.callback(process.communicate)
    assert process.stdout is not None
    return process.stdout.readline().split()


def requests_of(host: str, path: str, token: str) -> list[bytes]:
    """What an agent asks in a window; its balance first."""
    bundle = {"cpu_seconds": 1, "memory_mb": 64, "duration_seconds": 10}
    service = path.removesuffix("/economic/balance")
    asked: list[tuple[str, str, object]] = [
        ("GET", path, None),
        ("GET", f"{service}/market/prices", None),
        ("GET", f"{service}/social/inbox", None),
        ("POST", f"{service}/market/quote", {"bundle": bundle}),
        ("POST", f"{service}/market/bid", {"bundle": bundle, "amount": 3_000}),
    ]
    found = []
    for method, where, what in asked:
        body = b"" if what is None else json.dumps(what).encode()
        lines = [f"{method} {where} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        found.append("\r\n".join((*lines, "", "")).encode() + body)
    return found


def ask(connection: socket.socket, requests: list[bytes], times: int) -> None:
    """Asks all of them, one after another, and over again."""
    with connection:
        for request in requests * times:
            connection.sendall(request)
            received = b""
            while not received.endswith(b"}"):
                received += connection.recv(65536)
            assert received.startswith(b"HTTP/1.1 2"), received


def rows(short: bool) -> Iterator[Row]:
    """Embedded, then remote; one client, then some at once."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        host, port, path, token = begin(stack, SERVE, folder)
        begin(stack, CARRY, folder, host, port)
        window = requests_of(host, path, token)

        def over_tcp() -> socket.socket:
            connection = socket.create_connection((host, int(port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection

        def over_the_socket(name: str) -> socket.socket:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(f"{folder}/{name}")
            return connection

        def at_once(
            way: Callable[[], socket.socket], clients: int, requests: list[bytes], times: int
        ) -> None:
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(lambda _: ask(way(), requests, times // clients), range(clients)))

        kinds = (
            ("what a window asks", window, 1),
            ("GET /economic/balance alone", window[:1], 1),
            (f"what windows ask, {CLIENTS} at once", window, CLIENTS),
        )
        wheres = ((EMBEDDED, ""), (REMOTE, ", API in another process"))
        for (door, where), (name, requests, clients) in product(wheres, kinds):
            times = REQUESTS // len(requests) // (4 if short else 1)
            yield compare(
                name + where,
                timed(partial(at_once, partial(over_the_socket, door), clients, requests, times)),
                timed(partial(at_once, over_tcp, clients, requests, times)),
                target=TARGET,
                items=times * len(requests),
                speed=True,
                short=short,
            )


if __name__ == "__main__":
    if SERVE in sys.argv:
        serve(sys.argv[2])
    elif CARRY in sys.argv:
        carry(*sys.argv[2:])
    else:
        main(__doc__, rows)
