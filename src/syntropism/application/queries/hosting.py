"""Which folders on the hosts of workers nobody will ask for again."""

from syntropism.application.ports.snapshots import Standings
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.execution.snapshots import attempt_behind
from syntropism.domain.identifiers import AgentId


def needless(uow: UnitOfWork, standings: Standings) -> list[AgentId]:
    """Those of these agents whose folder on some host is of no more use there: they are dead, or
    it is not equal to the current version of their workspace, and nothing in it can still become
    one. What was written before there were snapshots is needed until there is one.

    Agents that are not known are left out: their folders belong to another economy.
    """
    return [one for one, standing in standings.items() if _needless(uow, one, standing)]


def _needless(uow: UnitOfWork, agent_id: AgentId, standing: str | None) -> bool:
    agent = uow.agents.get(agent_id)
    if agent is None:
        return False
    head = uow.workspace_versions.head(agent_id)
    if standing is None and head is None:
        return False
    if not agent.living:
        return True
    if head is not None and head.snapshot == standing:
        return False
    window = uow.executions.unfinished_of(agent_id)
    if window is None or window.status is ExecutionStatus.QUEUED:
        return True
    # What an attempt that is under way has uploaded may be about to be committed; and a folder
    # that is equal to nothing may be the one it is working in.
    return bool(standing) and attempt_behind(standing or "") != (window.id, window.attempt)
