"""The state machine of an execution: one bundle, one charge, one final outcome (law 6)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, NoAttention, Unauthenticated
from syntropism.domain.identifiers import AccountId, AgentId, BidId, ExecutionId, WorkerId
from syntropism.domain.market.resources import Bundle


class ExecutionStatus(StrEnum):
    """Where an execution stands."""

    QUEUED = "queued"
    LEASED = "leased"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    OOM_KILLED = "oom_killed"
    CPU_EXHAUSTED = "cpu_exhausted"
    KILLED = "killed"
    DEAD_LETTERED = "dead_lettered"


UNFINISHED: Final = frozenset(
    (ExecutionStatus.QUEUED, ExecutionStatus.LEASED, ExecutionStatus.RUNNING)
)
RESOURCE_EXHAUSTION: Final = frozenset(
    (ExecutionStatus.TIMED_OUT, ExecutionStatus.OOM_KILLED, ExecutionStatus.CPU_EXHAUSTED)
)

_NEXT: Final[dict[ExecutionStatus, frozenset[ExecutionStatus]]] = {
    ExecutionStatus.QUEUED: frozenset(
        (ExecutionStatus.LEASED, ExecutionStatus.KILLED, ExecutionStatus.DEAD_LETTERED)
    ),
    ExecutionStatus.LEASED: frozenset(
        (
            ExecutionStatus.RUNNING,
            ExecutionStatus.QUEUED,
            ExecutionStatus.KILLED,
            ExecutionStatus.DEAD_LETTERED,
        )
    ),
    ExecutionStatus.RUNNING: frozenset(ExecutionStatus)
    - {ExecutionStatus.LEASED, ExecutionStatus.RUNNING},
}


@frozen(slots=True, kw_only=True)
class Usage:
    """What a window used, as metered by its provider."""

    cpu_ms: int = 0
    memory_peak_bytes: int = 0
    wall_ms: int = 0
    workspace_bytes: int = 0
    workspace_files: int = 0


@frozen(slots=True, kw_only=True)
class Execution:
    """One won bid, being lived.

    ``attempt`` numbers the leases (0 = never leased) and fences them: only the current attempt
    can act or report. ``acted`` tells whether some attempt has committed a command; after that
    it is never tried again. ``payment`` is what the window cost, in micro-credits;
    ``offered_to`` the worker that had room for it when it was won, which may take it first.
    """

    id: ExecutionId
    agent_id: AgentId
    bid_id: BidId
    payer: AccountId
    cycle: int
    bundle: Bundle
    payment: int
    queued_at: datetime
    status: ExecutionStatus = ExecutionStatus.QUEUED
    attempt: int = 0
    worker_id: WorkerId | None = None
    lease_expires_at: datetime | None = None
    started_at: datetime | None = None
    deadline: datetime | None = None
    acted: bool = False
    prompts_submitted: int = 0
    offered_to: WorkerId | None = None
    ended_at: datetime | None = None
    ended_cycle: int | None = None
    exit_code: int | None = None
    usage: Usage = Usage()
    detail: str = ""
    refunded: bool = False

    @property
    def final(self) -> bool:
        """Whether it has its one final outcome."""
        return self.status not in UNFINISHED

    @property
    def inspectable(self) -> bool:
        """Whether it ended by a failure of the agent's own that is not resource exhaustion."""
        return self.final and self.status not in (
            ExecutionStatus.COMPLETED,
            ExecutionStatus.DEAD_LETTERED,
            *RESOURCE_EXHAUSTION,
        )

    def under_way(self, attempt: int) -> bool:
        """Whether ``attempt`` is the one that a worker has now: a window that was taken back,
        and waits to be leased again, no longer listens to the attempt before."""
        return attempt == self.attempt and self.status in (
            ExecutionStatus.LEASED,
            ExecutionStatus.RUNNING,
        )

    @property
    def attention_left(self) -> int:
        """Prompts this window may still submit."""
        return self.bundle.attention_share - self.prompts_submitted

    def _to(self, status: ExecutionStatus) -> None:
        if status not in _NEXT.get(self.status, frozenset()):
            raise Conflict(
                f"execution is {self.status.value}; it cannot become {status.value}",
                execution_id=self.id,
            )

    def leased(self, worker_id: WorkerId, until: datetime) -> "Execution":
        """Taken by a worker for a new attempt, until the lease expires."""
        self._to(ExecutionStatus.LEASED)
        return evolve(
            self,
            status=ExecutionStatus.LEASED,
            attempt=self.attempt + 1,
            worker_id=worker_id,
            lease_expires_at=until,
        )

    def running(
        self, now: datetime, until: datetime, *, lasts_ms: int | None = None
    ) -> "Execution":
        """Started: the deadline is fixed, after what the bundle bought unless ``lasts_ms`` is
        given, and the lease outlives it."""
        self._to(ExecutionStatus.RUNNING)
        bought_ms = self.bundle.duration_ms
        deadline = now + timedelta(milliseconds=bought_ms if lasts_ms is None else lasts_ms)
        return evolve(
            self,
            status=ExecutionStatus.RUNNING,
            started_at=now,
            deadline=deadline,
            lease_expires_at=until,
        )

    def renewed(self, until: datetime) -> "Execution":
        """Still in the hands of its worker; a lease never becomes shorter."""
        assert self.lease_expires_at is not None
        return evolve(self, lease_expires_at=max(until, self.lease_expires_at))

    def requeued(self, now: datetime) -> "Execution":
        """Given back after a fault of ours, to be tried again without a new charge."""
        self._to(ExecutionStatus.QUEUED)
        return evolve(
            self,
            status=ExecutionStatus.QUEUED,
            queued_at=now,
            offered_to=None,
            worker_id=None,
            lease_expires_at=None,
            started_at=None,
            deadline=None,
        )

    def ended(
        self,
        status: ExecutionStatus,
        *,
        now: datetime,
        cycle: int,
        exit_code: int | None = None,
        usage: Usage | None = None,
        detail: str = "",
        refunded: bool = False,
    ) -> "Execution":
        """Its one final outcome."""
        assert status not in UNFINISHED
        self._to(status)
        return evolve(
            self,
            status=status,
            ended_at=now,
            ended_cycle=cycle,
            lease_expires_at=None,
            exit_code=exit_code,
            usage=usage or self.usage,
            detail=detail,
            refunded=refunded,
        )

    def acting(self) -> "Execution":
        """Having committed a command."""
        return self if self.acted else evolve(self, acted=True)

    def prompted(self) -> "Execution":
        """Having submitted one more prompt.

        Raises:
            NoAttention: the bundle holds no (more) attention (law 11).
        """
        if self.attention_left <= 0:
            raise NoAttention(
                "this window has no attention left"
                if self.bundle.attention_share
                else "this window bought no attention",
                attention_share=self.bundle.attention_share,
            )
        return evolve(self, prompts_submitted=self.prompts_submitted + 1)

    def retriable(self, parameters: EconomicParameters) -> bool:
        """Whether a fault of ours leads to another attempt."""
        return not self.acted and self.attempt < parameters.max_attempts

    def require_current(self, attempt: int, now: datetime, grace_ms: int) -> None:
        """Raises:
        Unauthenticated: the attempt is no longer current, its window has ended, or its
            deadline and grace have passed (law 10).
        """
        if self.status is not ExecutionStatus.RUNNING or attempt != self.attempt:
            raise Unauthenticated("this attempt is no longer current", execution_id=self.id)
        assert self.deadline is not None
        if now > self.deadline + timedelta(milliseconds=grace_ms):
            raise Unauthenticated("the window's deadline has passed", execution_id=self.id)
