"""What can be refused, in domain words. Every error carries a stable ``code`` and ``details``.

Assertions are for our own bugs; these errors are for requests that the rules refuse.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A request that the rules refuse.

    ``details`` names the offending field or the figures involved; it is JSON-ready.
    """

    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class Malformed(DomainError):
    """The request cannot be read at all (HTTP 400)."""

    code = "MALFORMED"


class Invalid(DomainError):
    """Well-formed, but a value is outside its range; ``details["field"]`` names it (HTTP 422)."""

    code = "INVALID"


class Unauthenticated(DomainError):
    """No proof of identity, or one that is expired, forged or no longer current (HTTP 401)."""

    code = "UNAUTHENTICATED"


class Forbidden(DomainError):
    """Identity is proven, but this is not yours, or not for your role (HTTP 403)."""

    code = "FORBIDDEN"


class NoAttention(Forbidden):
    """A prompt from a window whose bundle holds no (more) attention (HTTP 403)."""

    code = "NO_ATTENTION"


class InsufficientCredits(DomainError):
    """The payer cannot afford it (HTTP 402)."""

    code = "INSUFFICIENT_CREDITS"


class NotFound(DomainError):
    """There is no such thing (HTTP 404)."""

    code = "NOT_FOUND"


class Conflict(DomainError):
    """The state of things forbids it now (HTTP 409).

    ``retry_after_seconds`` is set when waiting helps (a bid that is frozen for clearing).
    """

    code = "CONFLICT"

    def __init__(
        self, message: str, *, retry_after_seconds: int | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.retry_after_seconds = retry_after_seconds


class IdempotencyConflict(Conflict):
    """The idempotency key was used before with a different request (HTTP 409)."""

    code = "IDEMPOTENCY_CONFLICT"


class TooLarge(DomainError):
    """A body, file or message above its limit (HTTP 413)."""

    code = "TOO_LARGE"


class RateLimited(DomainError):
    """Too many requests; try again after ``retry_after_seconds`` (HTTP 429)."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_seconds: int, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after_seconds = retry_after_seconds
