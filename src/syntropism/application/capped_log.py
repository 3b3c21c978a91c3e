"""What an agent prints, kept up to a cap."""

from typing import Final

_MARK: Final = b"\n[... output left out ...]\n"


class CappedLog:
    """Keeps the first three quarters and the last quarter of ``bytes_max``; drops between."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._tail_max = max(0, bytes_max // 4 - len(_MARK))
        self._head = bytearray()
        self._rest = bytearray()
        self.total = 0

    def keep(self, chunk: bytes) -> None:
        """Adds what was printed next."""
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
