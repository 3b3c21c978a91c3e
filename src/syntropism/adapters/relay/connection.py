"""One relayed connection: two sockets, and what is on its way between them."""

import errno
import socket
from typing import Final

from syntropism.adapters.relay.watching import READ, WRITE

BUFFER_BYTES_MAX: Final = 1 << 16
"""On its way in one direction; beyond it the sender waits."""

Scratch = memoryview
"""``BUFFER_BYTES_MAX`` of a thread, for what passes through at once."""

_WOULD_BLOCK: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS)


class _Lane:
    """Bytes from ``source`` to ``target``."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source = source
        self.target = target
        self.buffer = bytearray()
        self.ended = False
        self.shut = False


class Connection:
    """Relays between ``client`` and ``upstream`` (still connecting); never blocks.

    ``moved`` counts the bytes received from both sides, of which there may be ``bytes_max``.
    """

    def __init__(
        self, client: socket.socket, address: tuple[str, int], bytes_max: int, now: float
    ) -> None:
        """Raises OSError when there is no socket to be had for the upstream side."""
        self.client = client
        client.setblocking(False)
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.upstream = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.upstream.setblocking(False)
            self.upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = self.upstream.connect_ex(address)
            if code not in (0, *_WOULD_BLOCK):
                raise OSError(code, "cannot reach the System Service")
        except OSError:
            self.upstream.close()
            raise
        self.connected = False
        self.moved = 0
        self._bytes_max = bytes_max
        self.active_at = now
        self._lanes = (_Lane(client, self.upstream), _Lane(self.upstream, client))

    def interest(self, side: socket.socket) -> int:
        """What to wait for at ``side``: a mask of READ and WRITE, 0 for nothing."""
        if side is self.upstream and not self.connected:
            return WRITE
        mask = 0
        for lane in self._lanes:
            if lane.source is side and not lane.ended and len(lane.buffer) < BUFFER_BYTES_MAX:
                mask |= READ
            if lane.target is side and lane.buffer:
                mask |= WRITE
        return mask

    def hand_on(self, side: socket.socket, scratch: Scratch, now: float) -> bool:
        """Moves what waits at ``side`` straight to the other side; whether that was all. It
        nearly always is, and then nothing has changed in what to wait for; else ``advance``.

        Raises:
            OSError: one side broke, or too much has moved.
        """
        lane = self._lanes[0] if side is self.client else self._lanes[1]
        if not self.connected or lane.buffer or lane.ended:
            return False
        try:
            size = side.recv_into(scratch)
        except (BlockingIOError, InterruptedError):
            return True
        if not size:
            lane.ended = True
            return False
        self._count(size, now)
        try:
            sent = lane.target.send(scratch[:size])
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent == size:
            return True
        lane.buffer += scratch[sent:size]
        return False

    def advance(self, side: socket.socket, mask: int, now: float) -> bool:
        """Moves what can be moved at ``side``; whether the connection goes on.

        Raises:
            OSError: one side broke, or too much has moved.
        """
        if side is self.upstream and not self.connected:
            code = side.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "cannot reach the System Service")
            self.connected = True
        for lane in self._lanes:
            if lane.source is side and mask & READ:
                self._receive(lane, now)
            if self.connected or lane.target is not self.upstream:
                self._send(lane, now)
        return not all(lane.shut for lane in self._lanes)

    def _receive(self, lane: _Lane, now: float) -> None:
        if lane.ended:
            return
        try:
            data = lane.source.recv(BUFFER_BYTES_MAX - len(lane.buffer) or 1)
        except (BlockingIOError, InterruptedError):
            return
        if data:
            self._count(len(data), now)
            lane.buffer += data
        else:
            lane.ended = True

    def _count(self, size: int, now: float) -> None:
        self.moved += size
        self.active_at = now
        if self.moved > self._bytes_max:
            raise OSError(errno.EDQUOT, "more bytes than one connection may carry")

    def _send(self, lane: _Lane, now: float) -> None:
        if lane.buffer:
            try:
                sent = lane.target.send(lane.buffer)
            except (BlockingIOError, InterruptedError):
                return
            del lane.buffer[:sent]
            self.active_at = now
        if lane.ended and not lane.buffer and not lane.shut:
            lane.shut = True
            lane.target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Closes both sides."""
        self.connected = False
        self.client.close()
        self.upstream.close()
