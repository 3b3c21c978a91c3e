"""How a command is performed: one transaction, one effect and one answer per key (law 9)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from syntropism.application.documents import document
from syntropism.application.ports.repositories.answers import Answer
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.retrying import retried
from syntropism.domain.errors import (
    Conflict,
    DomainError,
    IdempotencyConflict,
    InsufficientCredits,
    Invalid,
    NotFound,
)

KEY_MAX: Final = 200
"""Longest idempotency key, in characters."""

_REMEMBERED: Final[tuple[type[DomainError], ...]] = (
    Invalid,
    InsufficientCredits,
    NotFound,
    Conflict,
)
_BY_CODE: Final[dict[str, type[DomainError]]] = {
    kind.code: kind for kind in (Invalid, InsufficientCredits, NotFound, Conflict)
}


def require_key(key: str | None) -> str | None:
    """``key`` as an idempotency key may be.

    Raises:
        Invalid: empty, too long, or not printable.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= KEY_MAX or not key.isprintable():
        raise Invalid(
            f"Idempotency-Key must be 1-{KEY_MAX} printable characters", field="Idempotency-Key"
        )
    return key


def request_hash(request: Mapping[str, Any]) -> str:
    """The fingerprint that tells the same request from another one under the same key."""
    text = json.dumps(document(request), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@retried
def perform(
    store: UnitOfWorkFactory,
    scope: str,
    key: str | None,
    request: Mapping[str, Any],
    command: Callable[[UnitOfWork], object],
    admit: Callable[[UnitOfWork], None] = lambda _uow: None,
) -> Any:
    """Runs ``command`` in a transaction and answers with its view as a plain document.

    ``scope`` is identity and operation; with ``key`` it names the request: performed once, with
    its answer remembered (success and 402/404/409/422), and given again to every repetition.
    A transaction that loses against others is run again.
    ``admit`` runs first and every time; what it refuses is not remembered.

    Raises:
        DomainError: what ``admit`` or the command refuses, or a remembered refusal.
        IdempotencyConflict: the key was used with another request.
    """
    require_key(key)
    name = f"{scope}:{key}"
    with store() as uow:
        admit(uow)
        fingerprint = request_hash(request) if key is not None else ""
        if key is not None and (known := uow.answers.get(name)) is not None:
            return _again(known, fingerprint)
        try:
            with uow.savepoint():
                answer = document(command(uow))
        except DomainError as refusal:
            if key is not None and _memorable(refusal):
                remembered = {"message": refusal.message, "details": dict(refusal.details)}
                uow.answers.add(name, Answer(fingerprint, refusal.code, remembered))
                uow.commit()
            raise
        if key is not None:
            uow.answers.add(name, Answer(fingerprint, "ok", {"answer": answer}))
        uow.commit()
        return answer


def _memorable(refusal: DomainError) -> bool:
    if isinstance(refusal, Conflict) and refusal.retry_after_seconds is not None:
        return False
    return isinstance(refusal, _REMEMBERED)


def _again(known: Answer, fingerprint: str) -> Any:
    if known.request_hash != fingerprint:
        raise IdempotencyConflict(
            "this idempotency key was used with a different request", field="Idempotency-Key"
        )
    if known.status == "ok":
        return known.document["answer"]
    kind = _BY_CODE.get(known.status, Conflict)
    raise kind(known.document["message"], **known.document["details"])
