"""One relayed connection: two sockets, and what is on its way between them."""

import errno
import selectors
import socket
from typing import Final

BUFFER_BYTES_MAX: Final = 1 << 16
"""On its way in one direction; beyond it the sender waits."""

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

    ``moved`` counts the bytes received from both sides.
    """

    def __init__(self, client: socket.socket, address: tuple[str, int], now: float) -> None:
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
        self.active_at = now
        self._lanes = (_Lane(client, self.upstream), _Lane(self.upstream, client))

    def interest(self, side: socket.socket) -> int:
        """What to wait for at ``side``: a mask for selectors, 0 for nothing."""
        if side is self.upstream and not self.connected:
            return selectors.EVENT_WRITE
        mask = 0
        for lane in self._lanes:
            if lane.source is side and not lane.ended and len(lane.buffer) < BUFFER_BYTES_MAX:
                mask |= selectors.EVENT_READ
            if lane.target is side and lane.buffer:
                mask |= selectors.EVENT_WRITE
        return mask

    def hand_on(self, side: socket.socket, now: float) -> bool:
        """Moves what waits at ``side`` straight to the other side; whether that was all. It
        nearly always is, and then nothing has changed in what to wait for; else ``advance``.

        Raises:
            OSError: one side broke.
        """
        lane = self._lanes[0] if side is self.client else self._lanes[1]
        if not self.connected or lane.buffer or lane.ended:
            return False
        try:
            data = side.recv(BUFFER_BYTES_MAX)
        except (BlockingIOError, InterruptedError):
            return True
        if not data:
            lane.ended = True
            return False
        self.moved += len(data)
        self.active_at = now
        try:
            sent = lane.target.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        lane.buffer += data[sent:]
        return not lane.buffer

    def advance(self, side: socket.socket, mask: int, now: float) -> bool:
        """Moves what can be moved at ``side``; whether the connection goes on.

        Raises:
            OSError: one side broke.
        """
        if side is self.upstream and not self.connected:
            code = side.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "cannot reach the System Service")
            self.connected = True
        for lane in self._lanes:
            if lane.source is side and mask & selectors.EVENT_READ:
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
            lane.buffer += data
            self.moved += len(data)
            self.active_at = now
        else:
            lane.ended = True

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
        self.client.close()
        self.upstream.close()
