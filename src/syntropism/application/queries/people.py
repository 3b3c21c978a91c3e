"""Agents, their messages and their prompts, as agents and operators see them."""

from syntropism.application.ports.human import PromptOnView
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.paging import page_of, require_cursor, require_limit
from syntropism.application.views.attention import PromptView
from syntropism.application.views.pages import Page
from syntropism.application.views.population import AgentCard, AgentView
from syntropism.application.views.social import MessageView
from syntropism.domain.attention.prompts import by_rank
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.errors import Conflict, Forbidden, NotFound
from syntropism.domain.identifiers import AgentId, PromptId
from syntropism.domain.population.agents import Agent, AgentStatus
from syntropism.domain.social.messages import Message


def directory(uow: UnitOfWork, limit: int, cursor: str | None) -> Page[AgentCard]:
    """Everybody who is not dead, newest first."""
    before = require_cursor(cursor)
    rows = [agent for agent in reversed(uow.agents.living()) if not before or agent.id < before]
    return page_of(rows[: require_limit(limit) + 1], limit, lambda row: row.id, _card)


def _card(agent: Agent) -> AgentCard:
    return AgentCard(agent.id, agent.name, agent.status.value, agent.strategy, agent.generation)


def agent_view(uow: UnitOfWork, agent: Agent) -> AgentView:
    """An agent with what it holds."""
    account = agent_account(agent.id)
    held = uow.holds.held_by(account)
    return AgentView.of(agent, uow.ledger.balances([account]).get(account, 0), held)


def agents(
    uow: UnitOfWork, limit: int, cursor: str | None, status: AgentStatus | None = None
) -> Page[AgentView]:
    """Agents, newest first."""
    rows = uow.agents.page(require_limit(limit) + 1, require_cursor(cursor), status)
    return page_of(rows, limit, lambda row: row.id, lambda agent: agent_view(uow, agent))


def find_agent(uow: UnitOfWork, name_or_id: str) -> Agent:
    """The agent with this id, or else the one with this name.

    Raises:
        NotFound: there is none.
        Conflict: several living agents have this name.
    """
    agent = uow.agents.get(AgentId(name_or_id))
    if agent is not None:
        return agent
    named = uow.agents.named(name_or_id)
    living = [one for one in named if one.living] or named
    if not living:
        raise NotFound(f"there is no agent {name_or_id}"[:120], field="agent_id")
    if len(living) > 1:
        raise Conflict(f"{len(living)} agents are called {name_or_id}; use an id"[:160])
    return living[0]


def inbox(
    uow: UnitOfWork, agent_id: AgentId, limit: int, cursor: str | None, *, unread: bool
) -> tuple[Page[MessageView], list[Message]]:
    """An agent's messages, newest first; the messages themselves too, to be marked as read."""
    rows = uow.messages.inbox(
        agent_id, require_limit(limit) + 1, require_cursor(cursor), unread=unread
    )
    senders = uow.agents.lock({row.sender for row in rows})

    def view(row: Message) -> MessageView:
        name = senders[row.sender].name if row.sender in senders else ""
        return MessageView(row.id, row.sender, name, row.content, row.sent_at, row.cycle)

    return page_of(rows, limit, lambda row: row.id, view), rows[:limit]


def own_prompt(uow: UnitOfWork, agent_id: AgentId, prompt_id: PromptId) -> PromptView:
    """A prompt of the agent's own.

    Raises:
        NotFound: there is no such prompt.
        Forbidden: it is another agent's.
    """
    prompt = uow.prompts.get(prompt_id)
    if prompt is None:
        raise NotFound(f"there is no prompt {prompt_id}"[:120])
    if prompt.agent_id != agent_id:
        raise Forbidden("this prompt is not yours")
    return PromptView.of(prompt)


def prompts(
    uow: UnitOfWork, limit: int, cursor: str | None, agent_id: AgentId | None = None
) -> Page[PromptView]:
    """All prompts, newest first."""
    rows = uow.prompts.page(require_limit(limit) + 1, require_cursor(cursor), agent_id)
    return page_of(rows, limit, lambda row: row.id, PromptView.of)


def prompt_queue(uow: UnitOfWork) -> list[PromptOnView]:
    """The queue as humans see it: highest amount first, then oldest."""
    waiting = by_rank(uow.prompts.queued())
    authors = uow.agents.lock({prompt.agent_id for prompt in waiting})
    latest = uow.cycles.latest()
    now = latest.number if latest else 0
    return [
        PromptOnView(
            prompt.id,
            prompt.agent_id,
            authors[prompt.agent_id].name,
            prompt.content,
            prompt.amount,
            now - prompt.submitted_cycle,
        )
        for prompt in waiting
    ]
