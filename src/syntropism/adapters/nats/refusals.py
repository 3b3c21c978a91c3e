"""What it means when JetStream refuses, or does not answer."""

from typing import Final

from nats.js.errors import APIError, ServiceUnavailableError

from syntropism.adapters.nats.link import Link

_FULL: Final = {10023, 10047, 10077, 10122}
"""Codes of storage that is full, by resource, account, message or stream."""


def is_full(refusal: APIError) -> bool:
    """Whether there is no room; somebody may make some."""
    return refusal.err_code in _FULL or "insufficient" in str(refusal.description)


def passes(problem: Exception) -> bool:
    """Whether waiting helps: it does not answer, or has no room, now."""
    refused = isinstance(problem, APIError) and not isinstance(problem, ServiceUnavailableError)
    return not refused or is_full(problem)  # type: ignore[arg-type]


def reason_of(link: Link, problem: Exception) -> str:
    """One line about what went wrong at the server of ``link``."""
    if isinstance(problem, APIError) and is_full(problem):
        return f"the storage of JetStream at {link.shown} is full ({problem.description})"
    if isinstance(problem, APIError):
        return f"JetStream at {link.shown} refuses: {problem.description}"
    return f"NATS at {link.shown}: {str(problem) or type(problem).__name__}"
