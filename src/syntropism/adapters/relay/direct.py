"""Doors that lead straight into an API of this process: no bytes are copied, no thread is needed.

A relay in the same process as the API costs more than the hop: its thread and the API's event loop
take the interpreter from each other. Here the event loop itself accepts what the sandbox
connects, speaks HTTP with it as with any client, and keeps the caps of the relay.
"""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from syntropism.adapters.relay.caps import RelayCaps, TokenBucket
from syntropism.adapters.relay.guarded import GuardedConnection
from syntropism.adapters.relay.listening import OpenDoor, listen
from syntropism.application.ports.relay import RelayDoor, SocketRelay

_log = logging.getLogger(__name__)

STALL_SECONDS: Final = 0.1
"""How long a door whose caps are reached accepts nobody."""

SWEEP_SECONDS_MAX: Final = 1.0
SHUT_SECONDS_MAX: Final = 5.0
LOOK_SECONDS: Final = 0.1


class LocalApi(Protocol):
    """An API that is served by an event loop in a thread of this process."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def protocol(self) -> asyncio.Protocol:
        """Speaks HTTP over one connection; to be called in the loop."""
        ...


class DirectRelay:
    """Opens doors in the API that ``find`` knows to be served at an address, and leaves other
    addresses to ``otherwise``. Safe to call from many threads; see the port.

    A door whose caps are reached stops accepting until there is room again: clients wait in
    the queue of their listener.
    """

    def __init__(
        self,
        find: Callable[[tuple[str, int]], LocalApi | None],
        otherwise: SocketRelay,
        caps: RelayCaps | None = None,
    ) -> None:
        self._find = find
        self._otherwise = otherwise
        self._caps = caps or RelayCaps()

    def open(
        self, socket_path: Path, address: tuple[str, int], owner: Callable[[Path], None]
    ) -> AbstractContextManager[RelayDoor]:
        """Listens at ``socket_path`` while the context lasts; see the port."""
        api = self._find(address)
        if api is None or api.loop.is_closed():
            return self._otherwise.open(socket_path, address, owner)
        return self._open(socket_path, api, owner)

    @contextmanager
    def _open(
        self, socket_path: Path, api: LocalApi, owner: Callable[[Path], None]
    ) -> Iterator[OpenDoor]:
        listener = listen(socket_path, owner)
        door = _Door(api, self._caps)
        door.order(partial(door.admit, listener), listener.close)
        try:
            yield OpenDoor(lambda more: door.order(partial(door.admit, more), more.close))
        finally:
            done = threading.Event()
            door.order(partial(door.shut, done), partial(door.shut, done))
            door.wait(done)
            with contextlib.suppress(OSError):
                socket_path.unlink()


class _Door:
    """The listeners of one execution, and its live connections. All but ``order`` and
    ``wait`` runs in the event loop, or after its end."""

    def __init__(self, api: LocalApi, caps: RelayCaps) -> None:
        self._api = api
        self._loop = api.loop
        self._caps = caps
        self._bucket = TokenBucket(caps.connections_per_second_max, float(caps.connections_max))
        self._connections: set[GuardedConnection] = set()
        self._listeners: list[socket.socket] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._shut = False

    def order(self, order: Callable[[], None], otherwise: Callable[[], None]) -> None:
        """Has the loop do something; what is done instead where it has ended."""
        try:
            self._loop.call_soon_threadsafe(order)
        except RuntimeError:
            otherwise()

    def wait(self, done: threading.Event) -> None:
        """Until the loop has shut the door, or has ended without."""
        until = time.monotonic() + SHUT_SECONDS_MAX
        while not done.wait(LOOK_SECONDS) and time.monotonic() < until:
            if self._loop.is_closed():
                self.shut(done)

    def admit(self, listener: socket.socket) -> None:
        """Accepts from ``listener``, which is ours now, as long as the door is open."""
        if self._shut:
            listener.close()
            return
        listener.setblocking(False)
        self._listeners.append(listener)
        self._loop.add_reader(listener, self._accept, listener)
        if self._sweeper is None:
            self._sweeper = self._loop.create_task(self._sweep())

    def _accept(self, listener: socket.socket) -> None:
        """One at a time, so that a crowd at one door does not keep the others waiting."""
        now = self._loop.time()
        if len(self._connections) >= self._caps.connections_max or not self._bucket.take(now):
            self._stall(listener)
            return
        try:
            client, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:  # no descriptor free: rather later than again and again
            self._stall(listener)
            return
        client.setblocking(False)
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = GuardedConnection(
            client, self._api.protocol(), self._caps, self._connections.discard, self._loop.time
        )
        self._connections.add(connection)
        making = self._loop.create_task(
            self._loop.connect_accepted_socket(lambda: connection, client)
        )
        making.add_done_callback(partial(_made, connection))

    def _stall(self, listener: socket.socket) -> None:
        self._loop.remove_reader(listener)
        self._loop.call_later(STALL_SECONDS, self._resume, listener)

    def _resume(self, listener: socket.socket) -> None:
        if not self._shut:
            self._loop.add_reader(listener, self._accept, listener)

    async def _sweep(self) -> None:
        """Ends what is silent; and, with the loop, the door."""
        caps = self._caps
        least = min(SWEEP_SECONDS_MAX, caps.first_byte_seconds_max, caps.idle_seconds_max)
        try:
            while True:
                await asyncio.sleep(least)
                now = self._loop.time()
                for connection in tuple(self._connections):
                    if connection.overdue(now):
                        connection.abort()
        finally:
            self.shut(threading.Event())

    def shut(self, done: threading.Event) -> None:
        """Ends every connection, and accepts no more; repeatable."""
        if not self._shut:
            self._shut = True
            if not self._loop.is_closed():
                self._forget()
            for listener in self._listeners:
                listener.close()
        done.set()

    def _forget(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for listener in self._listeners:
            self._loop.remove_reader(listener)
        for connection in tuple(self._connections):
            connection.abort()


def _made(connection: GuardedConnection, making: asyncio.Task[object]) -> None:
    if making.cancelled():
        connection.never_made()
    elif making.exception() is not None:
        _log.error("a connection could not be led into the API", exc_info=making.exception())
        connection.never_made()
