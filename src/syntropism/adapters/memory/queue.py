"""A queue of messages in memory: tells again of what was claimed and not done in time."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from attrs import define, evolve, field, frozen

from syntropism.application.ports.execution_queue import Delivery, QueueItem
from syntropism.domain.identifiers import ExecutionId, WorkerId

CLAIM_SECONDS: Final = 60.0
"""How long a claim lasts without being extended."""

PATIENCE_SECONDS: Final = 5.0
"""How long an item waits for the worker it was offered to."""


@frozen(slots=True)
class _Entry:
    item: QueueItem
    offered_at: float
    visible_at: float
    told: int = 0

    @property
    def receipt(self) -> str:
        return f"{self.item.execution_id}:{self.item.attempt}:{self.told}"


@define(slots=True)
class MemoryQueue:
    """Behaves as a message broker does, without one: items are told in the order they came in,
    claims run out, and receipts of earlier claims mean nothing any more. ``seconds`` is a clock
    that only goes forward."""

    seconds: Callable[[], float]
    claim_seconds: float = CLAIM_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    _entries: dict[ExecutionId, _Entry] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def offer(self, items: Sequence[QueueItem]) -> None:
        """See the port; what is in the queue for the same attempt is not added again."""
        now = self.seconds()
        with self._lock:
            for item in items:
                known = self._entries.get(item.execution_id)
                if known is None or known.item.attempt < item.attempt:
                    self._entries.pop(item.execution_id, None)
                    self._entries[item.execution_id] = _Entry(item, now, now)

    def claim(self, worker_id: WorkerId, limit: int) -> list[Delivery]:
        """See the port."""
        now = self.seconds()
        with self._lock:
            told = [one for one in self._entries.values() if self._for(one, worker_id, now)]
            return [self._tell(entry, now) for entry in told[:limit]]

    def _for(self, entry: _Entry, worker_id: WorkerId, now: float) -> bool:
        if entry.visible_at > now:
            return False
        waited = now - entry.offered_at >= self.patience_seconds
        return waited or entry.item.worker_id in (None, worker_id)

    def _tell(self, entry: _Entry, now: float) -> Delivery:
        told = evolve(entry, told=entry.told + 1, visible_at=now + self.claim_seconds)
        self._entries[entry.item.execution_id] = told
        return Delivery(entry.item.execution_id, told.receipt)

    def extend(self, receipt: str) -> None:
        """See the port."""
        self._move(receipt, self.claim_seconds)

    def done(self, receipt: str) -> None:
        """See the port."""
        with self._lock:
            entry = self._of(receipt)
            if entry is not None:
                del self._entries[entry.item.execution_id]

    def give_back(self, receipt: str, delay_ms: int) -> None:
        """See the port."""
        self._move(receipt, delay_ms / 1000)

    def _move(self, receipt: str, seconds: float) -> None:
        now = self.seconds()
        with self._lock:
            entry = self._of(receipt)
            if entry is not None:
                self._entries[entry.item.execution_id] = evolve(entry, visible_at=now + seconds)

    def _of(self, receipt: str) -> _Entry | None:
        entry = self._entries.get(ExecutionId(receipt.partition(":")[0]))
        return entry if entry is not None and entry.receipt == receipt else None
