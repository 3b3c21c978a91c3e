"""Windows, those that ended badly, and the workers that run them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import AgentId, BidId, DeadLetterId, ExecutionId, WorkerId


class Executions(Protocol):
    """The windows. At most one that is not final per agent."""

    def add(self, executions: Sequence[Execution]) -> None: ...

    def get(self, execution_id: ExecutionId) -> Execution | None:
        """The execution, locked until the end of the transaction."""
        ...

    def save(self, execution: Execution) -> None: ...

    def save_all(self, saved: Sequence[Execution]) -> None:
        """Saves several at once."""
        ...

    def unfinished(self) -> list[Execution]:
        """All that are not final, oldest first."""
        ...

    def unfinished_of(self, agent_id: AgentId) -> Execution | None: ...

    def of_bids(self, bid_ids: Iterable[BidId]) -> list[Execution]:
        """Every execution that one of these bids has won."""
        ...

    def lease_candidates(
        self, limit: int, worker_id: WorkerId | None = None, waited: datetime | None = None
    ) -> list[Execution]:
        """Queued executions, oldest first, locked for this worker alone: for ``worker_id`` those
        that were offered to it or to nobody, and those queued since ``waited`` or longer."""
        ...

    def queued_among(self, execution_ids: Iterable[ExecutionId]) -> list[Execution]:
        """Those of these that are queued, oldest first, locked; rows that another transaction
        has locked are passed over."""
        ...

    def under_way_of(self, worker_id: WorkerId) -> list[Execution]:
        """What ``worker_id`` has leased or is running, oldest first."""
        ...

    def page(
        self,
        limit: int,
        before: str | None = None,
        agent_id: AgentId | None = None,
        status: ExecutionStatus | None = None,
    ) -> list[Execution]: ...

    def save_log(self, execution_id: ExecutionId, attempt: int, log: str) -> None: ...

    def log(self, execution_id: ExecutionId) -> str:
        """The log of the latest attempt; empty if there is none."""
        ...


class DeadLetters(Protocol):
    """Executions that ended badly."""

    def add(self, letter: DeadLetter) -> None: ...

    def get(self, letter_id: DeadLetterId) -> DeadLetter | None: ...

    def save(self, letter: DeadLetter) -> None: ...

    def page(
        self, limit: int, before: str | None = None, status: DeadLetterStatus | None = None
    ) -> list[DeadLetter]: ...


class Workers(Protocol):
    """What workers have declared. In one process there is one worker, which declares nothing:
    the configured capacity is its."""

    def get(self, worker_id: WorkerId) -> DeclaredWorker | None:
        """The worker, locked until the end of the transaction."""
        ...

    def save(self, worker: DeclaredWorker) -> None: ...

    def live(self, now: datetime) -> list[DeclaredWorker]:
        """Those that windows can be offered to at ``now``, in order of their ids."""
        ...

    def everyone(self) -> list[DeclaredWorker]:
        """All that ever signed on, in order of their ids."""
