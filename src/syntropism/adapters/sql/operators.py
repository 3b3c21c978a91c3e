"""Who may operate the economy."""

from typing import Final

from sqlalchemy import Column, Index, String, Table, Text, func, select

from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import ID
from syntropism.application.ports.repositories.operators import Operator

operators: Final = Table(
    "operators",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False),
    created_at(),
    Index("idx_operators_token_hash", "token_hash", unique=True),
)


class SqlOperators:
    """Operators in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, operator: Operator) -> None:
        row = (
            operator.id,
            operator.name,
            operator.role,
            operator.token_hash,
            operator.created_at,
        )
        self._transaction.insert(operators, [row])

    def by_token_hash(self, token_hash: str) -> Operator | None:
        row = self._transaction.first(select(operators).where(operators.c.token_hash == token_hash))
        return Operator(*row) if row else None

    def count(self) -> int:
        return int(self._transaction.value(select(func.count()).select_from(operators)))
