"""The agents."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from syntropism.domain.identifiers import AgentId
from syntropism.domain.population.agents import Agent, AgentStatus


class Agents(Protocol):
    """The population."""

    def add(self, agent: Agent) -> None: ...

    def get(self, agent_id: AgentId) -> Agent | None: ...

    def save(self, agents: Sequence[Agent]) -> None: ...

    def lock(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, Agent]:
        """The agents, locked in id order until the end of the transaction."""
        ...

    def living(self) -> list[Agent]:
        """All that are not dead, oldest first."""
        ...

    def idle(self) -> list[Agent]:
        """Every dormant agent, and every living one for whom no bid is open, no window
        unfinished and no prompt queued; oldest first, locked."""
        ...

    def born_in(self, cycle: int) -> int:
        """How many that are not dead were born in ``cycle``."""
        ...

    def died_in(self, cycle: int) -> list[Agent]:
        """Those who died in ``cycle``, or before the next one was opened; oldest first."""
        ...

    def died_before(self, agent_ids: Iterable[AgentId], moment: datetime) -> set[AgentId]:
        """Those of these that were dead at ``moment``."""
        ...

    def page(
        self, limit: int, before: str | None = None, status: AgentStatus | None = None
    ) -> list[Agent]: ...

    def named(self, name: str) -> list[Agent]: ...

    def everyone(self) -> list[Agent]:
        """All agents that ever were, oldest first."""
        ...
