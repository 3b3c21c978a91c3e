"""One connection of a sandbox that leads straight into the API, and what it may still do."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from syntropism.adapters.relay.caps import RelayCaps


class GuardedConnection(asyncio.Protocol):
    """Stands before ``inner``, which speaks HTTP, and ends the connection at its caps. Lives in
    one event loop, whose time is ``clock``. ``ended`` is called once, with itself, when there is
    nothing left of it.

    ``moved`` counts the bytes both ways.
    """

    def __init__(
        self,
        client: socket.socket,
        inner: asyncio.Protocol,
        caps: RelayCaps,
        ended: Callable[["GuardedConnection"], None],
        clock: Callable[[], float],
    ) -> None:
        self.moved = 0
        self.active_at = clock()
        self._clock = clock
        self._client = client
        self._inner = inner
        self._caps = caps
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._unsent = 0
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._over:
            transport.abort()
        self._inner.connection_made(_Counted(transport, self.count))

    def data_received(self, data: bytes) -> None:
        if self.count(len(data)):
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        try:
            self._inner.connection_lost(exc)
        finally:
            self._ended(self)

    def count(self, size: int) -> bool:
        """Takes note of bytes on their way; whether they may go on."""
        self.moved += size
        if self.moved > self._caps.connection_bytes_max:
            self.abort()
        else:
            self.active_at = self._clock()
        return not self._over

    def overdue(self, now: float) -> bool:
        """Whether nothing has moved for too long."""
        if self._transport is not None:
            unsent = self._transport.get_write_buffer_size()
            if unsent != self._unsent:  # a slow reader is not a silent one
                self._unsent, self.active_at = unsent, now
        caps = self._caps
        patience = caps.idle_seconds_max if self.moved else caps.first_byte_seconds_max
        return now - self.active_at > patience

    def abort(self) -> None:
        """Ends it now, whatever is on its way; repeatable."""
        self._over = True
        if self._transport is not None:
            self._transport.abort()

    def never_made(self) -> None:
        """Ends what could not even begin."""
        if self._transport is None:
            self._client.close()
            self._ended(self)


class _Counted(asyncio.Transport):
    """A transport that tells how much is written."""

    def __init__(self, transport: asyncio.Transport, count: Callable[[int], bool]) -> None:
        super().__init__()
        self._transport = transport
        self._count = count

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data or self._count(len(data)):
            self._transport.write(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()
