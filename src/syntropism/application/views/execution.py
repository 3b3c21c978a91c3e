"""Windows, as their agents and as operators see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from syntropism.domain.credits import Credits
from syntropism.domain.execution.dead_letters import DeadLetter
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.resources import MILLI, Bundle


@frozen
class WindowView:
    """A running window as its agent sees it. What is left of the CPU time, and the most memory
    that was seen, are those of the last sample (a fraction of a second ago, where CPU time is
    metered at all); tokens that are reserved are not left."""

    execution_id: str
    agent_id: str
    attempt: int
    cycle: int
    status: str
    bundle: Bundle
    payment: Credits
    deadline: datetime | None
    seconds_left: float
    attention_left: int
    cpu_seconds_left: float
    tokens_left: int
    memory_peak_mb: float


@frozen
class Recorded:
    """The answer to a reasoning trace."""

    recorded: bool = True


@frozen
class ExecutionView:
    """What operators see of an execution."""

    id: str
    agent_id: str
    bid_id: str
    payer_id: str
    cycle: int
    status: str
    attempt: int
    bundle: Bundle
    payment: Credits
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    exit_code: int | None
    cpu_seconds: float
    memory_peak_mb: float
    wall_seconds: float
    detail: str
    refunded: bool

    @classmethod
    def of(cls, execution: Execution) -> "ExecutionView":
        return cls(
            execution.id,
            execution.agent_id,
            execution.bid_id,
            execution.payer,
            execution.cycle,
            execution.status.value,
            execution.attempt,
            execution.bundle,
            Credits(execution.payment),
            execution.queued_at,
            execution.started_at,
            execution.ended_at,
            execution.exit_code,
            execution.usage.cpu_ms / MILLI,
            execution.usage.memory_peak_bytes / 2**20,
            execution.usage.wall_ms / MILLI,
            execution.detail,
            execution.refunded,
        )


@frozen
class LogView:
    """What a window wrote."""

    execution_id: str
    log: str


@frozen
class DeadLetterView:
    """An execution that ended badly."""

    id: str
    execution_id: str
    agent_id: str
    reason: str
    ours: bool
    status: str
    created_at: datetime
    retry_bid_id: str | None
    env: Mapping[str, Any]

    @classmethod
    def of(cls, letter: DeadLetter) -> "DeadLetterView":
        return cls(
            letter.id,
            letter.execution_id,
            letter.agent_id,
            letter.reason,
            letter.ours,
            letter.status.value,
            letter.created_at,
            letter.retry_bid_id,
            letter.env,
        )
