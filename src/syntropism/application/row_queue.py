"""The rows themselves as the queue: what is queued in ``executions`` is what is delivered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from attrs import frozen

from syntropism.application.ports.execution_queue import Delivery, QueueItem
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.domain.execution.executions import Execution
from syntropism.domain.identifiers import WorkerId

PATIENCE_MS: Final = 5_000
"""How long a window waits for the worker it was offered to before anybody may take it."""


@frozen(slots=True)
class RowQueue:
    """Needs no other server and can lose nothing: a row is in the queue while it is queued, out
    of it as soon as a worker has leased it, and in it again when it is taken back. There is
    nothing to offer, extend or acknowledge beside the row."""

    store: UnitOfWorkFactory
    patience_ms: int = PATIENCE_MS

    def offer(self, items: Sequence[QueueItem]) -> None:
        """Nothing: the rows are there."""

    def claim(self, worker_id: WorkerId, limit: int) -> list[Delivery]:
        """See the port. Two workers may be told of the same row: the lease, which passes over
        rows that another one has, decides."""
        with self.store(read_only=True) as uow:
            queued = self.queued(uow, worker_id, limit)
            return [Delivery(one.id, self.receipt(one)) for one in queued]

    def queued(self, uow: UnitOfWork, worker_id: WorkerId, limit: int) -> list[Execution]:
        """What :meth:`claim` tells of, for somebody who leases it in the same transaction: the
        rows are locked, and those that another one leases just now are passed over."""
        waited = uow.now() - timedelta(milliseconds=self.patience_ms)
        return uow.executions.lease_candidates(limit, worker_id, waited)

    @staticmethod
    def receipt(queued: Execution) -> str:
        """What a delivery of it is called."""
        return f"{queued.id}:{queued.attempt}"

    def extend(self, receipt: str) -> None:
        """Nothing: the lease of the row is what lasts."""

    def done(self, receipt: str) -> None:
        """Nothing: the row is final."""

    def give_back(self, receipt: str, delay_ms: int) -> None:
        """Nothing: the row is queued again, or somebody has it."""
