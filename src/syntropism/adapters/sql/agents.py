"""The population."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from syntropism.adapters.sql.bids import OPEN_BID, bids
from syntropism.adapters.sql.executions import UNFINISHED_EXECUTION, executions
from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.prompts import QUEUED_PROMPT, prompts
from syntropism.adapters.sql.schema import created_at, deleted_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import ID
from syntropism.domain.identifiers import AgentId
from syntropism.domain.population.agents import Agent, AgentStatus, CauseOfDeath

agents: Final = Table(
    "agents",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("parent_id", ID, ForeignKey("agents.id")),
    Column("generation", Integer, nullable=False),
    Column("born_cycle", Integer, nullable=False),
    created_at(),
    Column("status", String(16), nullable=False),
    Column("dormant_cycles", Integer, nullable=False),
    Column("cooldown_until", Integer, nullable=False),
    Column("died_cycle", Integer),
    Column("cause_of_death", String(16)),
    updated_at(),
    deleted_at(),
    Index("idx_agents_name", "name"),
    Index("idx_agents_status", "status", "id"),
)

_COLUMNS: Final = tuple(agents.columns)[:12]
_LIVING: Final = agents.c.status.in_((AgentStatus.ALIVE.value, AgentStatus.DORMANT.value))
_BY_ID: Final = select(*_COLUMNS).where(agents.c.id == bindparam("wanted"))
_SAVED: Final = (
    "name",
    "strategy",
    "status",
    "dormant_cycles",
    "cooldown_until",
    "died_cycle",
    "cause_of_death",
    "updated_at",
    "deleted_at",
)


class SqlAgents:
    """Agents in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, agent: Agent) -> None:
        self._transaction.insert(agents, [_row(agent, self._transaction.now())])

    def get(self, agent_id: AgentId) -> Agent | None:
        rows = self._transaction.prepared(_BY_ID, agent_id)
        return _agent(rows[0]) if rows else None

    def save(self, saved: Sequence[Agent]) -> None:
        now = self._transaction.now()
        rows = [
            (
                agent.name,
                agent.strategy,
                agent.status.value,
                agent.dormant_cycles,
                agent.cooldown_until,
                agent.died_cycle,
                agent.cause_of_death and agent.cause_of_death.value,
                now,
                None if agent.living else now,
                agent.id,
            )
            for agent in saved
        ]
        self._transaction.update(agents, _SAVED, rows)

    def lock(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, Agent]:
        wanted = select(*_COLUMNS).where(self._transaction.among(agents.c.id, agent_ids))
        rows = self._transaction.all(self._transaction.locked(wanted.order_by(agents.c.id)))
        return {row[0]: _agent(row) for row in rows}

    def living(self) -> list[Agent]:
        return self._found(select(*_COLUMNS).where(_LIVING).order_by(agents.c.id))

    def idle(self) -> list[Agent]:
        occupied = or_(
            exists().where(OPEN_BID, bids.c.agent_id == agents.c.id),
            exists().where(UNFINISHED_EXECUTION, executions.c.agent_id == agents.c.id),
            exists().where(QUEUED_PROMPT, prompts.c.agent_id == agents.c.id),
        )
        asleep = agents.c.status == AgentStatus.DORMANT.value
        wanted = select(*_COLUMNS).where(_LIVING, or_(asleep, ~occupied))
        return self._found(self._transaction.locked(wanted.order_by(agents.c.id)))

    def born_in(self, cycle: int) -> int:
        born = select(func.count()).where(_LIVING, agents.c.born_cycle == cycle)
        return int(self._transaction.value(born))

    def died_in(self, cycle: int) -> list[Agent]:
        dead = agents.c.status == AgentStatus.DEAD.value
        wanted = select(*_COLUMNS).where(dead, agents.c.died_cycle == cycle)
        return self._found(wanted.order_by(agents.c.id))

    def died_before(self, agent_ids: Iterable[AgentId], moment: datetime) -> set[AgentId]:
        among = self._transaction.among(agents.c.id, agent_ids)
        wanted = select(agents.c.id).where(among, agents.c.deleted_at < moment)
        return {row[0] for row in self._transaction.all(wanted)}

    def page(
        self, limit: int, before: str | None = None, status: AgentStatus | None = None
    ) -> list[Agent]:
        wanted = newest_first(select(*_COLUMNS), agents.c.id, limit, before)
        if status is not None:
            wanted = wanted.where(agents.c.status == status.value)
        return self._found(wanted)

    def named(self, name: str) -> list[Agent]:
        return self._found(select(*_COLUMNS).where(agents.c.name == name).order_by(agents.c.id))

    def everyone(self) -> list[Agent]:
        return self._found(select(*_COLUMNS).order_by(agents.c.id))

    def _found(self, wanted: Select[Any]) -> list[Agent]:
        return [_agent(row) for row in self._transaction.all(wanted)]


def _row(agent: Agent, now: datetime) -> Row:
    return (
        agent.id,
        agent.name,
        agent.strategy,
        agent.parent_id,
        agent.generation,
        agent.born_cycle,
        agent.born_at,
        agent.status.value,
        agent.dormant_cycles,
        agent.cooldown_until,
        agent.died_cycle,
        agent.cause_of_death and agent.cause_of_death.value,
        now,
        None if agent.living else now,
    )


def _agent(row: Row) -> Agent:
    *facts, status, dormant_cycles, cooldown_until, died_cycle, cause = row
    state = [AgentStatus(status), dormant_cycles, cooldown_until, died_cycle]
    return Agent(*[*facts, *state, CauseOfDeath(cause) if cause else None])
