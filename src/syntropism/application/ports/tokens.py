"""Tokens: the proof of who acts, in which attempt of which execution."""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from syntropism.domain.identifiers import AgentId, ExecutionId

AGENT_SCOPES = ("economic", "market", "social", "human", "execution")
"""What a window may do."""


@frozen(slots=True)
class AgentIdentity:
    """Who a token proves its bearer to be."""

    agent_id: AgentId
    execution_id: ExecutionId
    attempt: int
    scopes: tuple[str, ...] = AGENT_SCOPES


class TokenIssuer(Protocol):
    """Mints and verifies per-attempt tokens."""

    def issue(self, identity: AgentIdentity, expires_at: datetime) -> str:
        """A signed token for one attempt."""
        ...

    def verify(self, token: str, now: datetime) -> AgentIdentity:
        """Who the token proves.

        Raises:
            Unauthenticated: forged, malformed or expired.
        """
        ...
