"""Who asks: agents prove themselves by signed tokens, operators by opaque secrets."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.ports.tokens import AgentIdentity, TokenIssuer
from syntropism.domain.errors import Unauthenticated

TOKEN_MAX: Final = 4_096
"""Longest token, in characters."""

CACHE_SECONDS: Final = 1.0
CACHE_MAX: Final = 1_024

Identity = AgentIdentity | OperatorIdentity


def bearer_token(header: str | None) -> str:
    """The token in an ``Authorization`` header.

    Raises:
        Unauthenticated: there is none.
    """
    scheme, _, token = (header or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send your token as Authorization: Bearer TOKEN")
    if len(token) > TOKEN_MAX or not token.isascii() or not token.isprintable():
        raise Unauthenticated("the token is not valid")
    return token


def is_signed(token: str) -> bool:
    """Whether the token is an agent's (three parts, signed) rather than an operator's."""
    return token.count(".") == 2


class SignedTokens:
    """Verifies agents' tokens; a verified one is believed for a second without reckoning the
    signature again. The System Service checks the attempt and its deadline at every request
    all the same, so nothing outlives its window by this."""

    def __init__(self, tokens: TokenIssuer, now: Callable[[], datetime]) -> None:
        self._tokens = tokens
        self._now = now
        self._known: dict[str, tuple[float, AgentIdentity]] = {}

    def verify(self, token: str) -> tuple[AgentIdentity, float]:
        """Who the token proves, and the time in seconds.

        Raises:
            Unauthenticated: forged, malformed or expired.
        """
        moment = self._now()
        seconds = moment.timestamp()
        known = self._known.get(token)
        if known is not None and 0.0 <= seconds - known[0] < CACHE_SECONDS:
            return known[1], seconds
        identity = self._tokens.verify(token, moment)
        if len(self._known) >= CACHE_MAX:
            self._known.clear()
        self._known[token] = (seconds, identity)
        return identity, seconds
