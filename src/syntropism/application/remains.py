"""What is left of dead agents: how long it is kept, and the archives that are kept no longer."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from attrs import frozen

from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.retrying import read
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.identifiers import AgentId

KEEP: Final = timedelta(days=30)
"""For how long what a dead agent leaves is kept, unless another time is set."""

PAGE: Final = 500


@frozen(slots=True)
class ArchiveExpiry:
    """Removes the archives of agents that died more than ``keep_dead`` ago, unless an open dead
    letter speaks of them. Archives of agents that the economy does not know are left alone."""

    store: UnitOfWorkFactory
    workspaces: Workspaces
    keep_dead: timedelta = KEEP

    def collect(self) -> int:
        """Removes all that is due; how many archives. Repeatable.

        Raises:
            ProviderFailed: this host does not let them be read or removed.
        """
        archived = self.workspaces.archived()
        if not archived:
            return 0
        due = read(
            self.store,
            lambda uow: (
                long_dead(uow, archived, self.keep_dead)
                - {agent_id for agent_id, _ in pointed_to(uow)}
            ),
        )
        for agent_id in sorted(due):
            self.workspaces.forget(agent_id)
        return len(due)


def long_dead(uow: UnitOfWork, agents: Iterable[AgentId], keep: timedelta) -> set[AgentId]:
    """Those of these agents that died more than ``keep`` ago."""
    return uow.agents.died_before(agents, uow.now() - keep)


def pointed_to(uow: UnitOfWork) -> set[tuple[AgentId, int]]:
    """The versions of workspaces that open dead letters point to."""
    found: set[tuple[AgentId, int]] = set()
    before: str | None = None
    while True:
        letters = uow.dead_letters.page(PAGE, before, DeadLetterStatus.OPEN)
        found |= {(one.agent_id, one.workspace_version) for one in letters}
        if len(letters) < PAGE:
            return found
        before = letters[-1].id
