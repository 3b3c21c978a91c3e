"""The relay's loop: one thread for all doors and connections."""

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field

from syntropism.adapters.relay.caps import RelayCaps, TokenBucket
from syntropism.adapters.relay.connection import BUFFER_BYTES_MAX, Connection
from syntropism.adapters.relay.listening import OpenDoor, cannot_open, listen
from syntropism.adapters.relay.watching import READ, Watched, Watcher

_log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.1
"""How often stalled doors are looked at again; idle connections every tenth time."""

ACCEPT_AT_ONCE_MAX: Final = 16


@define(slots=True, eq=False)
class _Door:
    """The listeners of one execution, and its live connections."""

    address: tuple[str, int]
    bucket: TokenBucket
    listeners: list[socket.socket] = field(factory=list)
    connections: set[Connection] = field(factory=set)
    stalled: set[socket.socket] = field(factory=set)


_Whose = tuple[_Door | None, Connection | None]
"""Of a connection its door and itself, of a listener its door, of the bell nothing."""


class ThreadedSocketRelay:
    """Relays every open door's connections to the API. Safe to call from many threads.

    A door whose caps are reached stops accepting until there is room again: clients wait in
    the queue of their listener. What goes wrong with a connection ends that connection only.
    """

    def __init__(self, caps: RelayCaps | None = None) -> None:
        self._caps = caps or RelayCaps()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._doors: set[_Door] = set()
        self._stalling: set[_Door] = set()
        self._watcher: Watcher[_Whose]
        self._scratch = memoryview(bytearray(BUFFER_BYTES_MAX))
        self._wakeup: socket.socket
        self._bell: socket.socket
        self._running = False

    @contextmanager
    def open(
        self, socket_path: Path, address: tuple[str, int], owner: Callable[[Path], None]
    ) -> Iterator[OpenDoor]:
        """Listens at ``socket_path`` while the context lasts; see the port."""
        listener = listen(socket_path, owner)
        try:
            self._start()
        except OSError as error:
            listener.close()
            raise cannot_open(socket_path, error) from error
        caps = self._caps
        bucket = TokenBucket(caps.connections_per_second_max, float(caps.connections_max))
        door = _Door(address, bucket)
        handle = OpenDoor(lambda further: self._order(lambda: self._admit(door, further)))
        handle.admit(listener)
        try:
            yield handle
        finally:
            done = threading.Event()
            self._order(lambda: self._shut(door, done))
            done.wait(5)
            with contextlib.suppress(OSError):
                socket_path.unlink()

    def close(self) -> None:
        """Ends the thread, closing whatever is open. The next ``open`` starts it anew."""
        thread = self._thread
        if thread is not None:
            self._order(self._stop)
            thread.join(5)

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._watcher = Watcher()
            self._wakeup, self._bell = socket.socketpair()
            for end in (self._wakeup, self._bell):
                end.setblocking(False)
            self._watcher.watch(self._wakeup, (None, None), READ)
            self._running = True
            self._thread = threading.Thread(target=self._loop, name="relay", daemon=True)
            self._thread.start()

    def _order(self, order: Callable[[], None]) -> None:
        with self._lock:
            if self._thread is not None:
                self._orders.put(order)
                with contextlib.suppress(BlockingIOError):  # full: it is about to wake up anyway
                    self._bell.send(b"\0")
                return
        order()  # the loop has been closed, and with it every door

    # What follows runs in the loop's thread only.

    def _loop(self) -> None:
        next_sweep = time.monotonic()
        while self._running:
            timeout = TICK_SECONDS if self._stalling else 10 * TICK_SECONDS
            ready = self._watcher.wait(timeout if self._doors else None)
            now = time.monotonic()
            for watched, mask in ready:
                door, connection = watched.whose
                try:
                    if (
                        connection is None
                        or mask != READ
                        or not connection.hand_on(watched.side, self._scratch, now)
                    ):
                        self._serve(watched, mask, now)
                except Exception as error:  # a bug of ours must not cut off every other agent
                    if connection is None or not isinstance(error, OSError):
                        _log.exception("relaying failed")
                    if door is not None and connection is not None:
                        self._end(door, connection)
            while not self._orders.empty():
                self._orders.get()()
            for door in tuple(self._stalling):
                for listener in tuple(door.stalled):
                    self._resume(door, listener)
            if now >= next_sweep:
                self._sweep(now)
                next_sweep = now + 10 * TICK_SECONDS
        with self._lock:
            self._thread = None
            while not self._orders.empty():
                self._orders.get()()
            for door in tuple(self._doors):
                self._shut(door, threading.Event())
            self._watcher.close()
            self._wakeup.close()
            self._bell.close()

    def _serve(self, watched: Watched[_Whose], mask: int, now: float) -> None:
        """Raises OSError when a connection broke, or may not go on."""
        door, connection = watched.whose
        if door is None:
            with contextlib.suppress(OSError):
                self._wakeup.recv(4096)
        elif connection is None:
            self._accept(door, watched.side, now)
        elif connection in door.connections:  # not ended by the other side a moment ago
            if connection.advance(watched.side, mask, now):
                self._watch(door, connection)
            else:
                self._end(door, connection)

    def _accept(self, door: _Door, listener: socket.socket, now: float) -> None:
        for _ in range(ACCEPT_AT_ONCE_MAX):
            if len(door.connections) >= self._caps.connections_max or not door.bucket.take(now):
                self._stall(door, listener)
                return
            try:
                client, _ = listener.accept()
            except BlockingIOError:  # nobody there any more
                return
            except OSError:  # no descriptor free: rather later than again and again
                self._stall(door, listener)
                return
            try:
                connection = Connection(client, door.address, self._caps.connection_bytes_max, now)
            except OSError:
                client.close()
                continue
            door.connections.add(connection)
            self._watch(door, connection)

    def _stall(self, door: _Door, listener: socket.socket) -> None:
        self._watcher.forget(listener)
        door.stalled.add(listener)
        self._stalling.add(door)

    def _resume(self, door: _Door, listener: socket.socket) -> None:
        if len(door.connections) < self._caps.connections_max:
            door.stalled.discard(listener)
            if not door.stalled:
                self._stalling.discard(door)
            self._watcher.watch(listener, (door, None), READ)

    def _watch(self, door: _Door, connection: Connection) -> None:
        for side in (connection.client, connection.upstream):
            self._watcher.watch(side, (door, connection), connection.interest(side))

    def _end(self, door: _Door, connection: Connection) -> None:
        for side in (connection.client, connection.upstream):
            self._watcher.forget(side)
        door.connections.discard(connection)
        connection.close()

    def _sweep(self, now: float) -> None:
        caps = self._caps
        for door in self._doors:
            for connection in tuple(door.connections):
                patience = (
                    caps.idle_seconds_max if connection.moved else caps.first_byte_seconds_max
                )
                if now - connection.active_at > patience:
                    self._end(door, connection)

    def _admit(self, door: _Door, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._doors.add(door)
        door.listeners.append(listener)
        self._watcher.watch(listener, (door, None), READ)

    def _shut(self, door: _Door, done: threading.Event) -> None:
        for connection in tuple(door.connections):
            self._end(door, connection)
        for listener in door.listeners:
            self._watcher.forget(listener)
            listener.close()
        door.listeners.clear()
        door.stalled.clear()
        self._stalling.discard(door)
        self._doors.discard(door)
        done.set()

    def _stop(self) -> None:
        self._running = False
