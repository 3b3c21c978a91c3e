"""Live counters in NATS KV, for windows and APIs in many processes: compare-and-set."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Final

import attrs
from attrs import define, field

from syntropism.adapters.nats.link import Link, Unreachable, Unusable
from syntropism.adapters.nats.values import Change, Document, Values
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.application.ports.usage_meter import LiveUsage
from syntropism.domain.identifiers import ExecutionId

BUCKET: Final = "meters"
KEPT: Final = timedelta(days=1)
"""Nobody's counters are kept for longer, whatever became of their worker."""

SAMPLE_SECONDS: Final = 0.5
"""Samples of one window are written no more often."""

SILENT_SECONDS: Final = 5.0
"""So long nothing is asked after the server did not answer: samples are not worth waiting for."""

_ENDED: Final = "ended"
_log: Final = logging.getLogger("syntropism.nats")


@define
class KvMeter:
    """One entry per attempt. The link is this meter's own: it is asked from every thread, also
    from those that serve another link."""

    link: Link
    sample_seconds: float = SAMPLE_SECONDS
    replicas: int = 1
    _values: Values = field(init=False)
    _due: dict[str, float] = field(factory=dict)
    _silent_until: float = 0.0
    _lock: Lock = field(factory=Lock)

    def __attrs_post_init__(self) -> None:
        self._values = Values(self.link, BUCKET, KEPT, self.replicas)

    def sample(
        self, execution_id: ExecutionId, attempt: int, cpu_ms: int, memory_bytes: int
    ) -> None:
        key, now = _key(execution_id, attempt), time.monotonic()
        with self._lock:
            if now < self._due.get(key, 0.0):
                return
            self._due[key] = now + self.sample_seconds
        self._softly(key, _changed(lambda old: old.sampled(cpu_ms, memory_bytes)))

    def reserve(self, execution_id: ExecutionId, attempt: int, tokens: int, quota: int) -> None:
        self._firmly(_key(execution_id, attempt), _changed(lambda old: old.reserved(tokens, quota)))

    def settle(self, execution_id: ExecutionId, attempt: int, reserved: int, used: int) -> None:
        self._firmly(_key(execution_id, attempt), _changed(lambda old: old.settled(reserved, used)))

    def read(self, execution_id: ExecutionId, attempt: int) -> LiveUsage | None:
        return _usage(self._softly(_key(execution_id, attempt), lambda _: None))

    def flush(self, execution_id: ExecutionId, attempt: int) -> LiveUsage | None:
        key, last = _key(execution_id, attempt), list[LiveUsage | None]()

        def end(old: Document | None) -> Document | None:
            last[:] = [_usage(old)]
            return {_ENDED: True}

        self._softly(key, end)
        with self._lock:
            self._due.pop(key, None)
        return last[0] if last else None

    def close(self) -> None:
        """Ends the connection."""
        self.link.close()

    def _softly(self, key: str, change: Change) -> Document | None:
        if time.monotonic() < self._silent_until:
            return None
        try:
            return self._firmly(key, change)
        except StorageFailed as failure:
            self._silent_until = time.monotonic() + SILENT_SECONDS
            _log.debug("%s", failure)
            return None

    def _firmly(self, key: str, change: Change) -> Document | None:
        try:
            self.link.open()
            return self._values.change(key, change)
        except (Unreachable, Unusable) as problem:
            away = StorageAway if isinstance(problem, Unreachable) else StorageFailed
            raise away(f"the usage meter: {problem}") from None


def _key(execution_id: ExecutionId, attempt: int) -> str:
    return f"{execution_id}.{attempt}"


def _usage(document: Document | None) -> LiveUsage | None:
    return None if document is None or _ENDED in document else LiveUsage(**document)


def _changed(change: Callable[[LiveUsage], LiveUsage]) -> Change:
    def apply(old: Document | None) -> Document | None:
        if old is not None and _ENDED in old:
            return None
        return attrs.asdict(change(_usage(old) or LiveUsage()))

    return apply
