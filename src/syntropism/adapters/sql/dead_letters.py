"""Executions that ended badly."""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    select,
)

from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import DOCUMENT, ID
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus
from syntropism.domain.identifiers import DeadLetterId

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    Column("id", ID, primary_key=True),
    Column("execution_id", ID, ForeignKey("executions.id"), nullable=False),
    Column("agent_id", ID, ForeignKey("agents.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("env", DOCUMENT, nullable=False),
    created_at(),
    Column("workspace_version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("retry_bid_id", ID, ForeignKey("bids.id")),
    updated_at(),
    Index("idx_dead_letters_status", "status", "id"),
)


class SqlDeadLetters:
    """Dead letters in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, letter: DeadLetter) -> None:
        row = (
            letter.id,
            letter.execution_id,
            letter.agent_id,
            letter.reason,
            letter.ours,
            letter.env,
            letter.created_at,
            letter.workspace_version,
            letter.status.value,
            letter.retry_bid_id,
            self._transaction.now(),
        )
        self._transaction.insert(dead_letters, [row])

    def get(self, letter_id: DeadLetterId) -> DeadLetter | None:
        wanted = select(dead_letters).where(dead_letters.c.id == letter_id)
        return next(iter(self._found(self._transaction.locked(wanted))), None)

    def save(self, letter: DeadLetter) -> None:
        row = (letter.status.value, letter.retry_bid_id, self._transaction.now(), letter.id)
        columns = ("status", "retry_bid_id", "updated_at")
        self._transaction.update(dead_letters, columns, [row])

    def page(
        self, limit: int, before: str | None = None, status: DeadLetterStatus | None = None
    ) -> list[DeadLetter]:
        wanted = newest_first(select(dead_letters), dead_letters.c.id, limit, before)
        if status is not None:
            wanted = wanted.where(dead_letters.c.status == status.value)
        return self._found(wanted)

    def _found(self, wanted: Select[Any]) -> list[DeadLetter]:
        return [_letter(row) for row in self._transaction.all(wanted)]


def _letter(row: Row) -> DeadLetter:
    return DeadLetter(
        id=row[0],
        execution_id=row[1],
        agent_id=row[2],
        reason=row[3],
        ours=row[4],
        env=row[5],
        created_at=row[6],
        workspace_version=row[7],
        status=DeadLetterStatus(row[8]),
        retry_bid_id=row[9],
    )
