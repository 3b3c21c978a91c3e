"""The one commit-ordered history; also the outbox."""

from collections.abc import Collection, Iterable, Sequence
from itertools import repeat
from typing import Any, Final

from sqlalchemy import Column, Index, Table, Text, func, select

from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import ID, SEQUENCE, VERBATIM, encode_objects
from syntropism.domain.events import Event, EventBatch

events: Final = Table(
    "events",
    metadata,
    Column("sequence", SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False),
    Column("type", Text, nullable=False),
    created_at(),
    Column("data", VERBATIM, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Index("idx_events_id", "id", unique=True),
    sqlite_autoincrement=True,
)

_FACTS: Final = tuple(events.columns)[1:]


class SqlEvents:
    """Events in SQL; the database numbers them in the order in which they are committed. Where
    several transactions write at once they are written last, and one transaction at a time:
    otherwise a lower number could appear after a higher one had been read."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def append(self, appended: Sequence[Event]) -> None:
        if isinstance(appended, EventBatch):
            self._append_batch(appended)
            return
        rows = [
            (
                event.id,
                event.type,
                event.occurred_at,
                event.data,
                event.correlation_id,
                event.causation_id,
                event.user_id,
            )
            for event in appended
        ]
        if not self._transaction.put_off_events(events, rows):
            self._transaction.insert(events, rows)

    def _append_batch(self, batch: EventBatch) -> None:
        columns: list[Iterable[Any]] = [
            batch.ids,
            repeat(batch.type),
            repeat(batch.occurred_at),
            encode_objects(batch.shared, batch.data),
            repeat(batch.correlation_id),
            batch.causes,
            repeat(batch.user_id),
        ]
        encoded = frozenset({"data"})
        if not self._transaction.put_off_events(events, zip(*columns, strict=False), encoded):
            self._transaction.insert_columns(events, columns, encoded)

    def since(self, sequence: int, limit: int, kinds: Collection[str] | None = None) -> list[Event]:
        self._transaction.write_put_off(events)
        wanted = (
            select(*_FACTS, events.c.sequence)
            .where(events.c.sequence > sequence)
            .order_by(events.c.sequence)
            .limit(limit)
        )
        if kinds is not None:
            wanted = wanted.where(events.c.type.in_(kinds))
        return [Event(*row) for row in self._transaction.all(wanted)]

    def last_sequence(self) -> int:
        self._transaction.write_put_off(events)
        return int(self._transaction.value(select(func.max(events.c.sequence))) or 0)
