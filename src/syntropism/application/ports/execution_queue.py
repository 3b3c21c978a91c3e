"""The execution queue: tells workers that an execution is queued, at least once.

The queue only tells; the row in ``executions`` decides. A delivery that comes twice, late, out of
order, or for a window that somebody else has, is therefore harmless: whoever gets it tries to
lease the row, whose ``attempt`` is the fencing number that every later write of a worker is
checked against. So an adapter need not be exact, only stubborn.
"""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from syntropism.domain.identifiers import ExecutionId, WorkerId


@frozen(slots=True)
class QueueItem:
    """An execution that is queued for the attempt after ``attempt``; ``worker_id`` is the worker
    that the market found room at, who is told first (``None``: anybody)."""

    execution_id: ExecutionId
    attempt: int
    worker_id: WorkerId | None = None


@frozen(slots=True)
class Delivery:
    """One telling. ``receipt`` means something to the queue that wrote it, and to nobody else."""

    execution_id: ExecutionId
    receipt: str


class ExecutionQueue(Protocol):
    """Delivers queued executions to workers until somebody says that they are done.

    What was claimed and is neither done nor given back is delivered again once its time has
    run out (whoever claimed it may be gone); ``extend`` starts that time anew.

    All methods raise ``StorageFailed`` when the queue cannot be reached (``StorageAway``: waiting
    helps) or refuses; what was asked for may have been done then, or, of several items, for some.
    """

    def offer(self, items: Sequence[QueueItem]) -> None:
        """Tells that these are queued. May be repeated, and must be after a crash: between the
        commit of a row and its offer lies a moment."""
        ...

    def claim(self, worker_id: WorkerId, limit: int) -> list[Delivery]:
        """Up to ``limit`` deliveries for a worker, oldest first: those offered to it or to
        anybody, and those offered to another worker who has not taken them for a while. Does
        not wait for any."""
        ...

    def extend(self, receipt: str) -> None:
        """Whoever claimed it is still at it. A receipt that has run out changes nothing."""
        ...

    def done(self, receipt: str) -> None:
        """Nobody needs to be told again: the row is final, or there is none. Repeatable."""
        ...

    def give_back(self, receipt: str, delay_ms: int) -> None:
        """Somebody (perhaps the same worker) is to be told again, in ``delay_ms`` milliseconds
        at the earliest. A receipt that has run out changes nothing."""
        ...
