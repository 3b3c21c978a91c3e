"""Inboxes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, func, select, text

from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import ID, UtcDateTime
from syntropism.domain.identifiers import AgentId
from syntropism.domain.social.messages import Message

_UNREAD: Final = text("read_at IS NULL")

messages: Final = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("sender", ID, ForeignKey("agents.id", name="fk_messages_agents_sender"), nullable=False),
    Column(
        "recipient",
        ID,
        ForeignKey("agents.id", name="fk_messages_agents_recipient"),
        nullable=False,
    ),
    Column("content", Text, nullable=False),
    created_at(),
    Column("cycle", Integer, nullable=False),
    Column("read_at", UtcDateTime),
    Index("idx_messages_recipient", "recipient", "id"),
    Index(
        "idx_messages_recipient_unread",
        "recipient",
        "id",
        sqlite_where=_UNREAD,
        postgresql_where=_UNREAD,
    ),
)


class SqlMessages:
    """Messages in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, message: Message) -> None:
        row = (
            message.id,
            message.sender,
            message.recipient,
            message.content,
            message.sent_at,
            message.cycle,
            message.read_at,
        )
        self._transaction.insert(messages, [row])

    def inbox(
        self, agent_id: AgentId, limit: int, before: str | None = None, *, unread: bool = False
    ) -> list[Message]:
        received = select(messages).where(messages.c.recipient == agent_id)
        wanted = newest_first(received, messages.c.id, limit, before)
        if unread:
            wanted = wanted.where(_UNREAD)
        return [Message(*row) for row in self._transaction.all(wanted)]

    def unread_count(self, agent_id: AgentId) -> int:
        unread = select(func.count()).where(_UNREAD, messages.c.recipient == agent_id)
        return int(self._transaction.value(unread))

    def mark_read(self, read: Sequence[Message], now: datetime) -> None:
        rows = [(message.read_at or now, message.id) for message in read]
        self._transaction.update(messages, ("read_at",), rows)
