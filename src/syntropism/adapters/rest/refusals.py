"""Which status a refusal has: the one place where domain errors become HTTP."""

from collections.abc import Mapping
from typing import Any, Final

from syntropism.application.ports.unit_of_work import StorageAway
from syntropism.domain import errors

STATUS: Final[dict[type[errors.DomainError], int]] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.InsufficientCredits: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.RateLimited: 429,
}
"""The status of each kind of refusal; a kind that is not listed has that of its parent."""

STORAGE_RETRY_SECONDS: Final = 5
"""What a caller is told to wait when the store has failed."""


def status_of(refusal: errors.DomainError) -> int:
    """The HTTP status of a refusal."""
    for kind in type(refusal).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 422


def error_of(
    status: int,
    code: str,
    message: str,
    details: Mapping[str, Any],
    retry_after_seconds: int | None = None,
) -> Exception:
    """The error behind an error answer: what :func:`status_of` did, undone. Of a store that has
    failed behind who answers we are told to come again (``Retry-After``), whatever it suffers
    from."""
    if status == 503:
        return StorageAway(message)
    by_code = {kind.code: kind for kind in _kinds(errors.DomainError)}
    by_status = {known: kind for kind, known in STATUS.items()}
    kind = by_code.get(code) or by_status.get(status, errors.DomainError)
    if issubclass(kind, errors.Conflict):
        return kind(message, retry_after_seconds=retry_after_seconds, **details)
    if issubclass(kind, errors.RateLimited):
        return kind(message, retry_after_seconds=retry_after_seconds or 1, **details)
    return kind(message, **details)


def _kinds(base: type[errors.DomainError]) -> list[type[errors.DomainError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]
