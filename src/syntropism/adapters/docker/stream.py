"""What a container prints, as the daemon sends it: frames of standard output and error."""

import socket
import struct
from typing import Final

from syntropism.application.capped_log import CappedLog

CHUNK_BYTES: Final = 1 << 16
DRAIN_BYTES_MAX: Final = 1 << 20
"""Received at one go, so that a flood cannot keep the supervisor from its clock."""
_HEADER: Final = struct.Struct(">BxxxL")


class AttachedOutput(CappedLog):
    """The log of one window, received from ``connection``; both streams in one."""

    def __init__(self, connection: socket.socket, bytes_max: int) -> None:
        super().__init__(bytes_max)
        connection.setblocking(False)
        self._connection = connection
        self._header = b""
        self._left = 0
        self.ended = False

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._connection.fileno()

    def drain(self) -> None:
        """Takes what is there now, without waiting."""
        for _ in range(DRAIN_BYTES_MAX // CHUNK_BYTES):
            if self.ended:
                return
            try:
                chunk = self._connection.recv(CHUNK_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # the daemon is gone
                chunk = b""
            if chunk:
                self.take(chunk)
            else:
                self.ended = True

    def take(self, chunk: bytes) -> None:
        """Takes the frames apart, wherever they were cut."""
        position = 0
        while position < len(chunk):
            if self._left == 0:
                need = _HEADER.size - len(self._header)
                self._header += chunk[position : position + need]
                position += need
                if len(self._header) == _HEADER.size:
                    _, self._left = _HEADER.unpack(self._header)
                    self._header = b""
                continue
            part = chunk[position : position + self._left]
            self.keep(part)
            self._left -= len(part)
            position += len(part)
