"""Probes of a process that serves nothing else: whether it lives, and whether it can work."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from syntropism.entrypoints.wiring import CannotServe

SILENCE_SECONDS_MAX: Final = 60.0
"""A process whose loop has not been heard of for so long is stuck."""


class Health:
    """What a process knows of itself. ``state`` is a word for people, ``troubles`` are lines
    about what does not keep it from its work."""

    def __init__(
        self, state: str = "starting", troubles: Callable[[], Sequence[str]] = tuple
    ) -> None:
        self.state = state
        self.troubles = troubles
        self.ready = False
        self._heard = time.monotonic()

    def now(self, state: str, *, ready: bool) -> None:
        """The loop turns, and this is how things are."""
        self.state, self.ready = state, ready
        self._heard = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether the loop turns."""
        return time.monotonic() - self._heard < SILENCE_SECONDS_MAX

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """The status and the document for a probe."""
        if path not in ("/healthz", "/readyz"):
            return 404, {"error": {"code": "NOT_FOUND", "message": "there is no such path"}}
        well = self.alive and (self.ready or path == "/healthz")
        if well:
            troubles = list(self.troubles())
            more: dict[str, Any] = {"troubles": troubles} if troubles else {}
            return 200, {"data": {"status": self.state, **more}}
        state = self.state if self.alive else "stuck"
        return 503, {"error": {"code": "UNAVAILABLE", "message": state}}


@contextmanager
def probes(health: Health, host: str, port: int) -> Iterator[None]:
    """Answers ``/healthz`` and ``/readyz`` while it lasts; nowhere if ``port`` is 0.

    Raises:
        CannotServe: the port cannot be listened on.
    """
    if not port:
        yield
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = health.answer(self.path.partition("?")[0])
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Probes are not worth a line."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as problem:
        reason = problem.strerror or problem
        raise CannotServe(f"cannot listen on {host} port {port} for probes: {reason}") from None
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.2,), name="probes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
