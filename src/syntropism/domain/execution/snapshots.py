"""The versions of a workspace: which snapshot each of them is, and whose attempt made it."""

from datetime import datetime
from typing import Final

from attrs import frozen

from syntropism.domain.identifiers import AgentId, ExecutionId

FIRST_VERSION: Final = 1
"""The files that an agent was born with; not a snapshot."""


@frozen(slots=True, kw_only=True)
class WorkspaceVersion:
    """One version of the workspace of an agent; ``snapshot`` is the name of the object that
    holds it."""

    agent_id: AgentId
    version: int
    snapshot: str
    created_at: datetime


def snapshot_name(agent_id: AgentId, execution_id: ExecutionId, attempt: int) -> str:
    """What one attempt calls the snapshot that it leaves: nobody else writes to that name."""
    return f"{agent_id}/{execution_id}/{attempt}"


def attempt_behind(name: str) -> tuple[ExecutionId, int] | None:
    """Whose snapshot it is; ``None`` if nobody here would call one so."""
    parts = name.split("/")
    if len(parts) != 3 or not (parts[2].isascii() and parts[2].isdigit()):
        return None
    return ExecutionId(parts[1]), int(parts[2])
