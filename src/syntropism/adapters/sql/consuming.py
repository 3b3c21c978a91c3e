"""Who has read how far in the history, and what was consumed already."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, Text, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Transaction

positions: Final = Table(
    "positions",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    updated_at(),
)

consumed_keys: Final = Table(
    "consumed_keys",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    created_at(),
    Index("idx_consumed_keys_created_at", "consumer", "created_at"),
)


class SqlPositions:
    """Places in the history by reader."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, reader: str) -> int:
        wanted = select(positions.c.sequence).where(positions.c.reader == reader)
        return int(self._transaction.value(self._transaction.locked(wanted)) or 0)

    def save(self, reader: str, sequence: int) -> None:
        self._transaction.connection.execute(delete(positions).where(positions.c.reader == reader))
        self._transaction.insert(positions, [(reader, sequence, self._transaction.now())])


class SqlConsumedKeys:
    """When each key was consumed."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def first(self, consumer: str, key: str) -> bool:
        connection = self._transaction.connection
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
        added = insert(consumed_keys).values(
            consumer=consumer, key=key, created_at=self._transaction.now()
        )
        once = added.on_conflict_do_nothing().returning(consumed_keys.c.key)
        return connection.execute(once).first() is not None

    def forget(self, consumer: str, before: datetime) -> int:
        old = delete(consumed_keys).where(
            consumed_keys.c.consumer == consumer, consumed_keys.c.created_at < before
        )
        return self._transaction.connection.execute(old).rowcount
