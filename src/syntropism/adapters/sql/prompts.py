"""What waits for humans, and what they answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    select,
    text,
)

from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, deleted_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import ID, MICRO
from syntropism.domain.attention.prompts import Prompt, PromptStatus, Response, Scores
from syntropism.domain.identifiers import AgentId, PromptId

QUEUED_PROMPT: Final = text("prompts.status = 'queued'")
_QUEUED: Final = text("status = 'queued'")

prompts: Final = Table(
    "prompts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("agent_id", ID, ForeignKey("agents.id"), nullable=False),
    Column("execution_id", ID, ForeignKey("executions.id"), nullable=False),
    Column("content", Text, nullable=False),
    Column("amount", MICRO, nullable=False),
    Column("hold_id", ID, ForeignKey("holds.id")),
    Column("submitted_cycle", Integer, nullable=False),
    created_at(),
    Column("status", String(16), nullable=False),
    Column("ended_cycle", Integer),
    Column("interesting", Integer),
    Column("useful", Integer),
    Column("understandable", Integer),
    Column("reward", MICRO),
    updated_at(),
    deleted_at(),
    Index(
        "idx_prompts_agent_id_queued",
        "agent_id",
        "id",
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    ),
    Index("idx_prompts_agent_id", "agent_id", "id"),
    CheckConstraint("amount >= 0", name="amount"),
)

responses: Final = Table(
    "responses",
    metadata,
    Column("id", ID, primary_key=True),
    Column("prompt_id", ID, ForeignKey("prompts.id"), nullable=False),
    Column("interesting", Integer, nullable=False),
    Column("useful", Integer, nullable=False),
    Column("understandable", Integer, nullable=False),
    Column("reward", MICRO, nullable=False),
    Column("responder", Text, nullable=False),
    created_at(),
    Index("idx_responses_prompt_id", "prompt_id", unique=True),
)

_COLUMNS: Final = tuple(prompts.columns)[:14]
_SAVED: Final = (
    "status",
    "ended_cycle",
    "interesting",
    "useful",
    "understandable",
    "reward",
    "updated_at",
    "deleted_at",
)


class SqlPrompts:
    """Prompts and responses in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, prompt: Prompt) -> None:
        row = (
            prompt.id,
            prompt.agent_id,
            prompt.execution_id,
            prompt.content,
            prompt.amount,
            prompt.hold_id,
            prompt.submitted_cycle,
            prompt.submitted_at,
            *_state(prompt, self._transaction.now()),
        )
        self._transaction.insert(prompts, [row])

    def get(self, prompt_id: PromptId) -> Prompt | None:
        wanted = select(*_COLUMNS).where(prompts.c.id == prompt_id)
        return next(iter(self._found(self._transaction.locked(wanted))), None)

    def save(self, prompt: Prompt) -> None:
        row = (*_state(prompt, self._transaction.now()), prompt.id)
        self._transaction.update(prompts, _SAVED, [row])

    def queued(self) -> list[Prompt]:
        wanted = select(*_COLUMNS).where(QUEUED_PROMPT).order_by(prompts.c.id)
        return self._found(self._transaction.locked(wanted))

    def latest_of(self, agent_id: AgentId) -> Prompt | None:
        return next(iter(self.page(1, agent_id=agent_id)), None)

    def page(
        self, limit: int, before: str | None = None, agent_id: AgentId | None = None
    ) -> list[Prompt]:
        wanted = newest_first(select(*_COLUMNS), prompts.c.id, limit, before)
        if agent_id is not None:
            wanted = wanted.where(prompts.c.agent_id == agent_id)
        return self._found(wanted)

    def respond(self, response: Response) -> None:
        scores = response.scores
        row = (
            response.id,
            response.prompt_id,
            scores.interesting,
            scores.useful,
            scores.understandable,
            response.reward,
            response.responder,
            response.responded_at,
        )
        self._transaction.insert(responses, [row])

    def responses(self) -> list[Response]:
        rows = self._transaction.all(select(responses).order_by(responses.c.id))
        return [Response(row[0], row[1], Scores(*row[2:5]), *row[5:]) for row in rows]

    def _found(self, wanted: Select[Any]) -> list[Prompt]:
        return [_prompt(row) for row in self._transaction.all(wanted)]


def _state(prompt: Prompt, now: datetime) -> Sequence[Any]:
    scores = prompt.scores
    given = (scores.interesting, scores.useful, scores.understandable) if scores else (None,) * 3
    ended = None if prompt.status is PromptStatus.QUEUED else now
    return (prompt.status.value, prompt.ended_cycle, *given, prompt.reward, now, ended)


def _prompt(row: Row) -> Prompt:
    *facts, status, ended_cycle, interesting, useful, understandable, reward = row
    scores = None if interesting is None else Scores(interesting, useful, understandable)
    return Prompt(*[*facts, PromptStatus(status), ended_cycle, scores, reward])
