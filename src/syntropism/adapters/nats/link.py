"""One connection to NATS, on an event loop in a thread of its own."""

import asyncio
import logging
import re
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Final, TypeVar

from nats.aio.client import Client
from nats.js import JetStreamContext

R = TypeVar("R")

VERSION_MIN: Final = (2, 11)
"""Older servers silently drop what consumers filter by."""

CONNECT_SECONDS: Final = 5
CALL_SECONDS: Final = 10.0
RECONNECT_SECONDS: Final = 1
PENDING_BYTES_MAX: Final = 8 * 1024 * 1024

_log: Final = logging.getLogger("syntropism.nats")
_PASSWORD: Final = re.compile(r"(://)[^/@]*@")


class Unreachable(Exception):
    """No server answers now; one line. Waiting helps."""


class Unusable(Exception):
    """The server refuses us, or cannot be used; one line. Waiting does not help."""


class Link:
    """A connection that is opened again when it is lost, and calls onto it from any thread.

    Whoever waits for an answer when the connection is lost is told at once: that answer will
    not come.
    """

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._client: Client | None = None
        self._problem = ""
        self._opening = Lock()
        self._waiting: set[Future[Any]] = set()
        self._closing = False

    @property
    def shown(self) -> str:
        """Where it connects to, without user and password."""
        return _PASSWORD.sub(r"\1", self.url)

    @property
    def client(self) -> Client:
        """The client of the library; to be used on the loop."""
        assert self._client is not None, "the link is not open"
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream over it; to be used on the loop."""
        return self.client.jetstream(timeout=CALL_SECONDS)

    @property
    def connected(self) -> bool:
        """Whether a server is there now."""
        return self._client is not None and self._client.is_connected

    def open(self, **options: Any) -> None:
        """Connects, unless it is open.

        Raises:
            Unreachable: nobody answers within ``CONNECT_SECONDS``.
            Unusable: refused, too old, or without JetStream.
        """
        with self._opening:
            if self._client is not None:
                return
            if self._thread is None:
                self._loop = asyncio.new_event_loop()
                name = f"nats-{self._name}"
                self._thread = Thread(target=self._loop.run_forever, name=name, daemon=True)
                self._thread.start()
            client = self.call(self._connect(options), CONNECT_SECONDS + 5)
            try:
                _require_usable(client, self.shown)
            except Unusable:
                self.call(client.close())
                raise
            self._client = client

    async def _connect(self, options: dict[str, Any]) -> Client:
        self._problem = ""
        client = Client()
        connecting = client.connect(
            self.url,
            name=self._name,
            error_cb=self._on_error,
            disconnected_cb=self._on_lost,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            pending_size=PENDING_BYTES_MAX,
            **options,
        )
        task = asyncio.ensure_future(connecting)
        waited = 0.0
        while not task.done() and waited < CONNECT_SECONDS and not self._refused:
            await asyncio.wait([task], timeout=0.05)
            waited += 0.05
        if task.done() and not task.cancelled() and task.exception() is None:
            return client
        reason = self._problem or (str(task.exception()) if task.done() else "no answer")
        task.cancel()
        with suppress(Exception, asyncio.CancelledError):
            await task
        with suppress(Exception):
            await client.close()
        if self._refused:
            raise Unusable(f"NATS at {self.shown} refuses us ({reason}): see its user and password")
        raise Unreachable(f"no NATS server answers at {self.shown}: {reason}")

    @property
    def _refused(self) -> bool:
        return "authorization" in self._problem.lower()

    async def _on_error(self, error: Exception) -> None:
        self._problem = str(error) or type(error).__name__
        _log.debug("NATS: %s", self._problem)

    async def _on_lost(self) -> None:
        if self._client is None or self._closing:
            return
        for pending in list(self._waiting):
            pending.cancel()

    def call(self, coroutine: Coroutine[Any, Any, R], seconds: float = CALL_SECONDS) -> R:
        """The result of a coroutine that runs on the loop; from another thread.

        Raises:
            Unreachable: it took longer than ``seconds``, or the connection was lost meanwhile.
        """
        pending = self.start(coroutine)
        self._waiting.add(pending)
        try:
            return pending.result(seconds)
        except CancelledError:
            raise Unreachable(f"the connection to NATS at {self.shown} was lost") from None
        except Late:
            pending.cancel()
            raise Unreachable(f"NATS at {self.shown} did not answer in {seconds:.0f} s") from None
        finally:
            self._waiting.discard(pending)

    def start(self, coroutine: Coroutine[Any, Any, R]) -> "Future[R]":
        """Lets a coroutine run on the loop."""
        assert self._loop is not None, "the link is not open"
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def close(self) -> None:
        """Ends the connection and the thread. Can be repeated."""
        if self._thread is None or self._loop is None or not self._thread.is_alive():
            return
        self._closing = True
        if self._client is not None:
            with suppress(Exception):
                self.call(self._client.close(), 3.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        if not self._thread.is_alive():
            self._loop.close()


def _require_usable(client: Client, shown: str) -> None:
    version = client.connected_server_version
    if (version.major, version.minor) < VERSION_MIN:
        found = f"{version.major}.{version.minor}.{version.patch}"
        least = ".".join(map(str, VERSION_MIN))
        raise Unusable(f"NATS at {shown} is version {found}; {least} or newer is needed")
    if not client._server_info.get("jetstream"):
        raise Unusable(f"NATS at {shown} runs without JetStream: start it with --jetstream")
