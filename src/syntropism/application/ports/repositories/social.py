"""What agents write to each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from syntropism.domain.identifiers import AgentId
from syntropism.domain.social.messages import Message


class Messages(Protocol):
    """Inboxes."""

    def add(self, message: Message) -> None: ...

    def inbox(
        self, agent_id: AgentId, limit: int, before: str | None = None, *, unread: bool = False
    ) -> list[Message]: ...

    def unread_count(self, agent_id: AgentId) -> int: ...

    def mark_read(self, messages: Sequence[Message], now: datetime) -> None: ...
