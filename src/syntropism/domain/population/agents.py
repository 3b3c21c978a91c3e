"""Agents: born with an endowment, alive while something is open, dead for good."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, Invalid
from syntropism.domain.identifiers import AgentId

_NAME: Final = re.compile(r"[^\W_](?:[\w .\-]{0,58}[\w.\-])?")
_STRATEGY: Final = re.compile(r"[a-z0-9_\-]{0,40}")


class AgentStatus(StrEnum):
    """Whether an agent takes part."""

    ALIVE = "alive"
    DORMANT = "dormant"
    DEAD = "dead"


class CauseOfDeath(StrEnum):
    """Why an agent is gone."""

    BROKE = "broke"
    DORMANCY = "dormancy"
    KILLED = "killed"


def require_name(name: object) -> str:
    """``name`` as an agent may carry it: 1–60 letters, digits, spaces, dots, dashes, underscores.

    Raises:
        Invalid: anything else.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Invalid(
            "name must be 1-60 letters, digits, spaces, dots, dashes or underscores, "
            "starting with a letter or digit",
            field="name",
        )
    return name


def require_strategy(strategy: object) -> str:
    """The label under which an agent is counted: lower case, may be empty.

    Raises:
        Invalid: anything else.
    """
    if not isinstance(strategy, str) or not _STRATEGY.fullmatch(strategy):
        raise Invalid(
            "strategy must be at most 40 lower-case letters, digits, dashes or underscores",
            field="strategy",
        )
    return strategy


@frozen(slots=True)
class Agent:
    """An autonomous program. ``dormant_cycles`` counts whole cycles spent dormant without a
    window; ``cooldown_until`` is the last cycle in which its attention bundles are ineligible.
    """

    id: AgentId
    name: str
    strategy: str
    parent_id: AgentId | None
    generation: int
    born_cycle: int
    born_at: datetime
    status: AgentStatus = AgentStatus.ALIVE
    dormant_cycles: int = 0
    cooldown_until: int = -1
    died_cycle: int | None = None
    cause_of_death: CauseOfDeath | None = None

    @property
    def living(self) -> bool:
        """Not dead."""
        return self.status is not AgentStatus.DEAD

    def require_living(self, field: str = "agent_id") -> None:
        """Raises:
        Conflict: the agent is dead.
        """
        if not self.living:
            raise Conflict(f"agent {self.name} is dead", field=field, agent_id=self.id)

    def child(
        self, agent_id: AgentId, name: str, strategy: str, cycle: int, now: datetime
    ) -> "Agent":
        """A newborn child of this agent (law 12)."""
        self.require_living()
        return Agent(agent_id, name, strategy, self.id, self.generation + 1, cycle, now)

    def awake(self) -> "Agent":
        """Alive again: it has left a bid of its own."""
        return evolve(self, status=AgentStatus.ALIVE, dormant_cycles=0)

    def dormant(self) -> "Agent":
        """No longer taking part, until somebody sponsors it."""
        return evolve(self, status=AgentStatus.DORMANT, dormant_cycles=0)

    def slept(self) -> "Agent":
        """One more cycle dormant."""
        return evolve(self, dormant_cycles=self.dormant_cycles + 1)

    def dead(self, cause: CauseOfDeath, cycle: int) -> "Agent":
        """Gone for good."""
        self.require_living()
        return evolve(self, status=AgentStatus.DEAD, cause_of_death=cause, died_cycle=cycle)

    def cooling(self, cycle: int) -> bool:
        """Whether its attention bundles are ineligible in ``cycle``."""
        return cycle <= self.cooldown_until

    def bought_attention(self, cycle: int, parameters: EconomicParameters) -> "Agent":
        """Cooling down after a window with attention was settled in ``cycle``."""
        return evolve(self, cooldown_until=cycle + parameters.attention_cooldown_cycles)


@frozen(slots=True)
class Standing:
    """What is open for an agent when fates are decided."""

    open_bid: bool
    window: bool
    prompt_queued: bool
    balance: int


def fate(
    agent: Agent, standing: Standing, smallest_reserve: int, parameters: EconomicParameters
) -> CauseOfDeath | AgentStatus:
    """What becomes of an agent at the end of a cycle: a status to have, or a cause of death.

    A window that is not final counts towards neither dormancy nor death. A sponsor's bid keeps
    a broke agent from death, but only a bid of its own ends dormancy.
    """
    if not agent.living:
        return AgentStatus.DEAD
    if agent.status is AgentStatus.DORMANT:
        if standing.window:
            return AgentStatus.DORMANT
        if agent.dormant_cycles + 1 >= parameters.dormancy_cycles_max:
            return CauseOfDeath.DORMANCY
        if standing.open_bid or standing.prompt_queued or standing.balance >= smallest_reserve:
            return AgentStatus.DORMANT
        return CauseOfDeath.BROKE
    if standing.open_bid or standing.window or standing.prompt_queued:
        return AgentStatus.ALIVE
    return AgentStatus.DORMANT if standing.balance >= smallest_reserve else CauseOfDeath.BROKE
