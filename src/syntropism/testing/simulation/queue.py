"""A broker that loses answers, and tells of windows twice, late, or that never were."""

from collections.abc import Sequence
from typing import Final

from syntropism.application.ports.execution_queue import Delivery, ExecutionQueue, QueueItem
from syntropism.application.ports.unit_of_work import StorageAway
from syntropism.domain.identifiers import WorkerId
from syntropism.testing.faults.ports import NOWHERE
from syntropism.testing.simulation import faults as kinds
from syntropism.testing.simulation.store import FaultyStore
from syntropism.testing.simulation.watch import Watch

REMEMBERED: Final = 50
"""How many old deliveries may come again, long after the broker should have forgotten them."""


class FaultyQueue:
    """Deliveries of ``inner``, with faults; ``store`` is that of the process which asks."""

    def __init__(self, inner: ExecutionQueue, store: FaultyStore, watch: Watch) -> None:
        self._inner = inner
        self._store = store
        self._watch = watch
        self._old: list[Delivery] = []

    def _reach(self) -> None:
        """The way to the broker, and what happens on it."""
        self._store.scheduler.switch()
        if self._store.faults.strikes(kinds.BROKER_CUT):
            raise StorageAway("the broker cannot be reached")

    def _left(self) -> None:
        """The way back."""
        if self._store.faults.strikes(kinds.KILLED_AFTER_PUBLISH):
            self._store.die()
        if self._store.faults.strikes(kinds.ACKNOWLEDGEMENT_LOST):
            raise StorageAway("the broker's answer was lost")

    def offer(self, items: Sequence[QueueItem]) -> None:
        """See the port."""
        self._reach()
        if self._store.faults.strikes(kinds.KILLED_BEFORE_PUBLISH):
            self._store.die()
        self._inner.offer(items)
        self._left()

    def claim(self, worker_id: WorkerId, limit: int) -> list[Delivery]:
        """See the port."""
        self._reach()
        strikes, random = self._store.faults.strikes, self._store.faults.random
        told = list(self._inner.claim(worker_id, limit))
        self._old = [*self._old, *told][-REMEMBERED:]
        if told and strikes(kinds.DELIVERY_LOST):
            told.pop(random.randrange(len(told)))
        if self._old and strikes(kinds.DELIVERED_AGAIN):
            told.append(random.choice(self._old))
        if strikes(kinds.POISONED):
            told.append(Delivery(NOWHERE, f"{NOWHERE}:0:1"))
        if strikes(kinds.REORDERED):
            random.shuffle(told)
        return told

    def extend(self, receipt: str) -> None:
        """See the port."""
        self._reach()
        self._inner.extend(receipt)

    def done(self, receipt: str) -> None:
        """See the port."""
        self._reach()
        self._store.scheduler.wait(lambda: self._store.contention.free)
        self._watch.acknowledged(receipt)
        self._inner.done(receipt)
        self._left()

    def give_back(self, receipt: str, delay_ms: int) -> None:
        """See the port."""
        self._reach()
        self._inner.give_back(receipt, delay_ms)
