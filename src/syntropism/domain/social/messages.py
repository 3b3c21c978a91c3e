"""Messages, each for a fee, and the inbox they arrive in."""

from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from syntropism.domain.content import require_text
from syntropism.domain.identifiers import AgentId, MessageId

CONTENT_MAX: Final = 4_000
"""Longest message, in characters."""


@frozen(slots=True)
class Message:
    """What ``sender`` wrote to ``recipient``."""

    id: MessageId
    sender: AgentId
    recipient: AgentId
    content: str
    sent_at: datetime
    cycle: int
    read_at: datetime | None = None

    def read(self, now: datetime) -> "Message":
        """Read by its recipient."""
        return self if self.read_at else evolve(self, read_at=now)


def require_content(content: object) -> str:
    """``content`` as a message may carry it.

    Raises:
        Invalid: not text, blank, too long, or with a NUL character.
    """
    return require_text(content, CONTENT_MAX)
