"""Agents, messages, prompts, operators and the files agents are born with, in memory."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from syntropism.adapters.memory.table import Index, Journal, Table, newest_page
from syntropism.application.ports.repositories.operators import Operator
from syntropism.domain.attention.prompts import Prompt, PromptStatus, Response
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.identifiers import AgentId, MessageId, OperatorId, PromptId
from syntropism.domain.population.agents import Agent, AgentStatus
from syntropism.domain.social.messages import Message


class MemoryAgents:
    """Agents by id, indexed while they live."""

    def __init__(
        self,
        journal: Journal,
        occupied: Callable[[AgentId], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._occupied = occupied
        self._now = now
        self._deaths: Table[AgentId, datetime] = Table(journal)
        self._living: Index[AgentId, Agent] = Index(lambda agent: True if agent.living else None)
        self._names: Index[AgentId, Agent] = Index(lambda agent: agent.name)
        self._died: Index[AgentId, Agent] = Index(lambda agent: agent.died_cycle)
        self._table: Table[AgentId, Agent] = Table(journal, self._living, self._names, self._died)

    def add(self, agent: Agent) -> None:
        if agent.id in self._table:
            raise Conflict("agent exists", agent_id=agent.id)
        self._table.put(agent.id, agent)

    def get(self, agent_id: AgentId) -> Agent | None:
        return self._table.get(agent_id)

    def save(self, agents: Sequence[Agent]) -> None:
        for agent in agents:
            self._table.put(agent.id, agent)
            if not agent.living:
                self._deaths.put(agent.id, self._now())

    def lock(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, Agent]:
        found = ((agent_id, self._table.get(agent_id)) for agent_id in sorted(set(agent_ids)))
        return {agent_id: agent for agent_id, agent in found if agent is not None}

    def living(self) -> list[Agent]:
        return sorted(self._table.in_bucket(self._living, True), key=lambda agent: agent.id)

    def idle(self) -> list[Agent]:
        return [
            agent
            for agent in self.living()
            if agent.status is AgentStatus.DORMANT or not self._occupied(agent.id)
        ]

    def born_in(self, cycle: int) -> int:
        return sum(one.born_cycle == cycle for one in self._table.in_bucket(self._living, True))

    def died_in(self, cycle: int) -> list[Agent]:
        return sorted(self._table.in_bucket(self._died, cycle), key=lambda agent: agent.id)

    def died_before(self, agent_ids: Iterable[AgentId], moment: datetime) -> set[AgentId]:
        deaths = ((one, self._deaths.get(one)) for one in agent_ids)
        return {one for one, died in deaths if died is not None and died < moment}

    def page(
        self, limit: int, before: str | None = None, status: AgentStatus | None = None
    ) -> list[Agent]:
        rows = (row for row in self._table.newest() if status is None or row.status is status)
        return newest_page(rows, lambda row: row.id, limit, before)

    def named(self, name: str) -> list[Agent]:
        return sorted(self._table.in_bucket(self._names, name), key=lambda agent: agent.id)

    def everyone(self) -> list[Agent]:
        return list(self._table.values())


class MemoryPrompts:
    """Prompts by id, indexed while they are queued; one response per prompt."""

    def __init__(self, journal: Journal) -> None:
        self._queued: Index[PromptId, Prompt] = Index(
            lambda prompt: True if prompt.status is PromptStatus.QUEUED else None
        )
        self._by_agent: Index[PromptId, Prompt] = Index(lambda prompt: prompt.agent_id)
        self._waiting: Index[PromptId, Prompt] = Index(
            lambda prompt: prompt.agent_id if prompt.status is PromptStatus.QUEUED else None
        )
        self._table: Table[PromptId, Prompt] = Table(
            journal, self._queued, self._by_agent, self._waiting
        )
        self._responses: Table[PromptId, Response] = Table(journal)

    def add(self, prompt: Prompt) -> None:
        self._table.put(prompt.id, prompt)

    def get(self, prompt_id: PromptId) -> Prompt | None:
        return self._table.get(prompt_id)

    def save(self, prompt: Prompt) -> None:
        self._table.put(prompt.id, prompt)

    def queued(self) -> list[Prompt]:
        return sorted(self._table.in_bucket(self._queued, True), key=lambda prompt: prompt.id)

    def is_queued_for(self, agent_id: AgentId) -> bool:
        """Whether a prompt of the agent waits."""
        return bool(self._waiting.keys(agent_id))

    def latest_of(self, agent_id: AgentId) -> Prompt | None:
        return max(
            self._table.in_bucket(self._by_agent, agent_id),
            key=lambda prompt: prompt.id,
            default=None,
        )

    def page(
        self, limit: int, before: str | None = None, agent_id: AgentId | None = None
    ) -> list[Prompt]:
        rows = (row for row in self._table.newest() if agent_id in (None, row.agent_id))
        return newest_page(rows, lambda row: row.id, limit, before)

    def respond(self, response: Response) -> None:
        if response.prompt_id in self._responses:
            raise Conflict("the prompt has been answered", prompt_id=response.prompt_id)
        self._responses.put(response.prompt_id, response)

    def responses(self) -> list[Response]:
        return list(self._responses.values())


class MemoryMessages:
    """Inboxes, by recipient."""

    def __init__(self, journal: Journal) -> None:
        self._inbox: Index[MessageId, Message] = Index(lambda message: message.recipient)
        self._unread: Index[MessageId, Message] = Index(
            lambda message: None if message.read_at else message.recipient
        )
        self._table: Table[MessageId, Message] = Table(journal, self._inbox, self._unread)

    def add(self, message: Message) -> None:
        self._table.put(message.id, message)

    def inbox(
        self, agent_id: AgentId, limit: int, before: str | None = None, *, unread: bool = False
    ) -> list[Message]:
        rows = self._table.in_bucket(self._unread if unread else self._inbox, agent_id)
        rows.sort(key=lambda message: message.id, reverse=True)
        return newest_page(iter(rows), lambda row: row.id, limit, before)

    def unread_count(self, agent_id: AgentId) -> int:
        return len(self._unread.keys(agent_id))

    def mark_read(self, messages: Sequence[Message], now: datetime) -> None:
        for message in messages:
            self._table.put(message.id, message.read(now))


class MemoryWorkspaceFiles:
    """Version 1 of every workspace."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[AgentId, dict[str, bytes]] = Table(journal)

    def add(self, agent_id: AgentId, files: Mapping[str, bytes]) -> None:
        self._table.put(agent_id, dict(files))

    def get(self, agent_id: AgentId) -> dict[str, bytes]:
        return dict(self._table.get(agent_id) or {})

    def of(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, dict[str, bytes]]:
        return {one: files for one in agent_ids if (files := self.get(one))}


class MemoryWorkspaceVersions:
    """Later versions of workspaces, by agent and number."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[tuple[AgentId, int], WorkspaceVersion] = Table(journal)

    def head(self, agent_id: AgentId) -> WorkspaceVersion | None:
        found = [one for one in self._table.values() if one.agent_id == agent_id]
        return max(found, key=lambda one: one.version, default=None)

    def heads(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, WorkspaceVersion]:
        return {one: head for one in agent_ids if (head := self.head(one)) is not None}

    def add(self, version: WorkspaceVersion) -> None:
        self._table.put((version.agent_id, version.version), version)

    def everything(self) -> list[WorkspaceVersion]:
        return sorted(self._table.values(), key=lambda one: (one.agent_id, one.version))

    def remove(self, versions: Sequence[WorkspaceVersion]) -> None:
        for one in versions:
            if (one.agent_id, one.version) in self._table:
                self._table.remove((one.agent_id, one.version))


class MemoryOperators:
    """Operators by id."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[OperatorId, Operator] = Table(journal)

    def add(self, operator: Operator) -> None:
        self._table.put(operator.id, operator)

    def by_token_hash(self, token_hash: str) -> Operator | None:
        return next((row for row in self._table.values() if row.token_hash == token_hash), None)

    def count(self) -> int:
        return len(self._table)
