"""Dead letters: executions that ended badly, kept for inspection."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import evolve, frozen

from syntropism.domain.errors import Conflict
from syntropism.domain.identifiers import AgentId, BidId, DeadLetterId, ExecutionId


class DeadLetterStatus(StrEnum):
    """What the operator has done with it."""

    OPEN = "open"
    RETRIED = "retried"
    DISCARDED = "discarded"


@frozen(slots=True, kw_only=True)
class DeadLetter:
    """One execution that failed for good. ``ours`` tells whose fault it was; only a fault of
    ours was refunded. ``env`` is what the agent was given; ``workspace_version`` points at the
    files it started from."""

    id: DeadLetterId
    execution_id: ExecutionId
    agent_id: AgentId
    reason: str
    ours: bool
    env: Mapping[str, Any]
    created_at: datetime
    workspace_version: int = 1
    status: DeadLetterStatus = DeadLetterStatus.OPEN
    retry_bid_id: BidId | None = None

    def closed(self, status: DeadLetterStatus, bid_id: BidId | None = None) -> "DeadLetter":
        """Retried (by a new bid) or discarded; the execution itself never changes.

        Raises:
            Conflict: it was closed before.
        """
        if self.status is not DeadLetterStatus.OPEN:
            raise Conflict(f"dead letter is already {self.status.value}", dead_letter_id=self.id)
        return evolve(self, status=status, retry_bid_id=bid_id)
