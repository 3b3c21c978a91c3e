"""The memory behind idempotency keys."""

from typing import Final

from sqlalchemy import Column, String, Table, Text, select

from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import VERBATIM
from syntropism.application.ports.repositories.answers import Answer

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("document", VERBATIM, nullable=False),
    created_at(),
)


class SqlAnswers:
    """Remembered answers in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, scope: str) -> Answer | None:
        self._transaction.alone(f"answer {scope}")
        wanted = select(
            idempotency_keys.c.request_hash,
            idempotency_keys.c.status,
            idempotency_keys.c.document,
        ).where(idempotency_keys.c.scope == scope)
        row = self._transaction.first(wanted)
        return Answer(*row) if row else None

    def add(self, scope: str, answer: Answer) -> None:
        row = (scope, answer.request_hash, answer.status, answer.document, self._transaction.now())
        self._transaction.insert(idempotency_keys, [row])
