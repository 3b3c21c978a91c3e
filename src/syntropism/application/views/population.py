"""Agents, as each other and as operators see them."""

from datetime import datetime

from attrs import frozen

from syntropism.domain.credits import Credits
from syntropism.domain.population.agents import Agent


@frozen
class SpawnReceipt:
    """The answer to a spawn."""

    agent_id: str
    name: str
    fee: Credits
    endowment: Credits
    bid_id: str
    balance: Credits


@frozen
class AgentCard:
    """What agents see of each other."""

    id: str
    name: str
    status: str
    strategy: str
    generation: int


@frozen
class AgentView:
    """What operators see of an agent."""

    id: str
    name: str
    status: str
    strategy: str
    parent_id: str | None
    generation: int
    born_cycle: int
    born_at: datetime
    died_cycle: int | None
    cause_of_death: str | None
    balance: Credits
    held: Credits

    @classmethod
    def of(cls, agent: Agent, balance: int, held: int) -> "AgentView":
        return cls(
            agent.id,
            agent.name,
            agent.status.value,
            agent.strategy,
            agent.parent_id,
            agent.generation,
            agent.born_cycle,
            agent.born_at,
            agent.died_cycle,
            agent.cause_of_death.value if agent.cause_of_death else None,
            Credits(balance),
            Credits(held),
        )
