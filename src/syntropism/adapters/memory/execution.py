"""Executions, dead letters and workers in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from syntropism.adapters.memory.table import Index, Journal, Table, newest_page
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import AgentId, BidId, DeadLetterId, ExecutionId, WorkerId


class MemoryExecutions:
    """Executions, indexed while they are not final."""

    def __init__(self, journal: Journal) -> None:
        self._busy: Index[ExecutionId, Execution] = Index(
            lambda execution: None if execution.final else execution.agent_id
        )
        self._unfinished: Index[ExecutionId, Execution] = Index(
            lambda execution: None if execution.final else True
        )
        self._queued: Index[ExecutionId, Execution] = Index(
            lambda execution: True if execution.status is ExecutionStatus.QUEUED else None
        )
        self._of_bid: Index[ExecutionId, Execution] = Index(lambda execution: execution.bid_id)
        self._table: Table[ExecutionId, Execution] = Table(
            journal, self._busy, self._unfinished, self._queued, self._of_bid
        )
        self._logs: Table[ExecutionId, tuple[int, str]] = Table(journal)

    def add(self, executions: Sequence[Execution]) -> None:
        for execution in executions:
            if self._busy.keys(execution.agent_id):
                raise Conflict("the agent has a window already", agent_id=execution.agent_id)
            self._table.put(execution.id, execution)

    def get(self, execution_id: ExecutionId) -> Execution | None:
        return self._table.get(execution_id)

    def save(self, execution: Execution) -> None:
        self._table.put(execution.id, execution)

    def save_all(self, saved: Sequence[Execution]) -> None:
        for execution in saved:
            self.save(execution)

    def unfinished(self) -> list[Execution]:
        return sorted(self._table.in_bucket(self._unfinished, True), key=lambda row: row.id)

    def unfinished_of(self, agent_id: AgentId) -> Execution | None:
        return next(iter(self._table.in_bucket(self._busy, agent_id)), None)

    def of_bids(self, bid_ids: Iterable[BidId]) -> list[Execution]:
        return [row for bid_id in bid_ids for row in self._table.in_bucket(self._of_bid, bid_id)]

    def lease_candidates(
        self, limit: int, worker_id: WorkerId | None = None, waited: datetime | None = None
    ) -> list[Execution]:
        queued = [
            row
            for row in self._table.in_bucket(self._queued, True)
            if worker_id is None
            or row.offered_to in (None, worker_id)
            or (waited is not None and row.queued_at <= waited)
        ]
        return sorted(queued, key=lambda row: row.id)[:limit]

    def queued_among(self, execution_ids: Iterable[ExecutionId]) -> list[Execution]:
        wanted = set(execution_ids)
        return [row for row in self.lease_candidates(len(self._table)) if row.id in wanted]

    def under_way_of(self, worker_id: WorkerId) -> list[Execution]:
        return [
            row
            for row in self.unfinished()
            if row.worker_id == worker_id and row.status is not ExecutionStatus.QUEUED
        ]

    def page(
        self,
        limit: int,
        before: str | None = None,
        agent_id: AgentId | None = None,
        status: ExecutionStatus | None = None,
    ) -> list[Execution]:
        rows = (
            row
            for row in self._table.newest()
            if (agent_id is None or row.agent_id == agent_id)
            and (status is None or row.status is status)
        )
        return newest_page(rows, lambda row: row.id, limit, before)

    def save_log(self, execution_id: ExecutionId, attempt: int, log: str) -> None:
        self._logs.put(execution_id, (attempt, log))

    def log(self, execution_id: ExecutionId) -> str:
        entry = self._logs.get(execution_id)
        return entry[1] if entry else ""


class MemoryDeadLetters:
    """Dead letters by id."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[DeadLetterId, DeadLetter] = Table(journal)

    def add(self, letter: DeadLetter) -> None:
        self._table.put(letter.id, letter)

    def get(self, letter_id: DeadLetterId) -> DeadLetter | None:
        return self._table.get(letter_id)

    def save(self, letter: DeadLetter) -> None:
        self._table.put(letter.id, letter)

    def page(
        self, limit: int, before: str | None = None, status: DeadLetterStatus | None = None
    ) -> list[DeadLetter]:
        rows = (row for row in self._table.newest() if status is None or row.status is status)
        return newest_page(rows, lambda row: row.id, limit, before)


class MemoryWorkers:
    """Workers by id."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[WorkerId, DeclaredWorker] = Table(journal)

    def get(self, worker_id: WorkerId) -> DeclaredWorker | None:
        return self._table.get(worker_id)

    def save(self, worker: DeclaredWorker) -> None:
        self._table.put(worker.id, worker)

    def live(self, now: datetime) -> list[DeclaredWorker]:
        return [one for one in self.everyone() if one.live(now)]

    def everyone(self) -> list[DeclaredWorker]:
        return sorted(self._table.newest(), key=lambda one: one.id)
