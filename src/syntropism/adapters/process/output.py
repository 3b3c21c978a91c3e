"""What an agent prints: drained always, kept up to a cap."""

import os
from typing import Final

CHUNK_BYTES: Final = 1 << 16
DRAIN_BYTES_MAX: Final = 1 << 20
"""Read at one go, so that a flood cannot keep the supervisor from its clock."""
_MARK: Final = b"\n[... output left out ...]\n"


class CappedOutput:
    """Keeps the first three quarters and the last quarter of ``bytes_max``; drops between."""

    def __init__(self, descriptor: int, bytes_max: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._bytes_max = bytes_max
        self._tail_max = max(0, bytes_max // 4 - len(_MARK))
        self._head = bytearray()
        self._rest = bytearray()
        self.total = 0
        self.ended = False

    def drain(self) -> None:
        """Takes what is there now, without waiting."""
        for _ in range(DRAIN_BYTES_MAX // CHUNK_BYTES):
            try:
                chunk = os.read(self._descriptor, CHUNK_BYTES)
            except BlockingIOError:
                return
            except InterruptedError:
                continue
            if not chunk:
                self.ended = True
                return
            self._keep(chunk)

    def _keep(self, chunk: bytes) -> None:
        self.total += len(chunk)
        room = self._bytes_max - len(self._head)
        self._head += chunk[:room]
        rest = chunk[room:]
        if rest:
            self._rest += rest[-self._tail_max :] if self._tail_max else b""
            del self._rest[: max(0, len(self._rest) - self._tail_max)]

    @property
    def truncated(self) -> bool:
        """Whether anything was dropped."""
        return self.total > self._bytes_max

    @property
    def text(self) -> str:
        """What was kept: never more than ``bytes_max`` bytes before decoding."""
        kept = bytes(self._head)
        if self.truncated:
            mark = _MARK if self._bytes_max >= 4 * len(_MARK) else b""
            tail = (kept + bytes(self._rest))[-self._tail_max :] if mark else b""
            kept = kept[: self._bytes_max - len(mark) - len(tail)] + mark + tail
        return kept.decode("utf-8", "replace")
