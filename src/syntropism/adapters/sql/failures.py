"""The edge of the database: its errors become domain errors, or one line for the operator."""

import re
import sqlite3
from collections.abc import Callable
from typing import Final, Protocol

from attrs import frozen
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain.errors import Conflict, DomainError, InsufficientCredits, Invalid, NotFound

_REFUSALS: Final[dict[str, Callable[[], DomainError]]] = {
    "idx_bids_agent_id_open": lambda: Conflict("a bid is already open for this agent"),
    "idx_executions_agent_id_unfinished": lambda: Conflict("the agent has a window already"),
    "idx_executions_bid_id": lambda: Conflict("the bid has its window already"),
    "idx_responses_prompt_id": lambda: Conflict("the prompt has been answered"),
    "idx_operators_token_hash": lambda: Conflict("an operator has this token already"),
    "idx_bids_sequence": lambda: Conflict("the bid's place is taken", retry_after_seconds=1),
    "pk_idempotency_keys": lambda: Conflict("the key has been answered"),
    "ck_accounts_balance": lambda: InsufficientCredits("a balance would become negative"),
    "ck_holds_balance": lambda: InsufficientCredits("a hold would become negative"),
    "ck_transfers_amount": lambda: Invalid("amount must be greater than zero", field="amount"),
    "ck_transfers_parties": lambda: Invalid("cannot transfer to oneself", field="to"),
}
"""What a violated constraint means."""

_UNIQUE_ON_SQLITE: Final = {
    "bids.agent_id": "idx_bids_agent_id_open",
    "executions.agent_id": "idx_executions_agent_id_unfinished",
    "executions.bid_id": "idx_executions_bid_id",
    "responses.prompt_id": "idx_responses_prompt_id",
    "operators.token_hash": "idx_operators_token_hash",
    "bids.sequence": "idx_bids_sequence",
    "idempotency_keys.scope": "pk_idempotency_keys",
}
"""SQLite names the column of a unique index instead of the index."""

_VIOLATION: Final = re.compile(r"(UNIQUE|CHECK|FOREIGN KEY|NOT NULL) constraint failed:? ?(.*)")

_ADVICE: Final = (
    (
        ("file is not a database", "malformed", "database corruption"),
        "{place} is damaged or not a database of ours: restore a backup, or move it away",
    ),
    (("disk is full", "disk full"), "the disk of {place} is full: make room and start again"),
    (
        ("attempt to write a readonly database", "query_only"),
        "{place} is read-only: give this user write permission for it and its folder",
    ),
    (
        ("unable to open database file",),
        "{place} cannot be opened: its folder must exist and be writable for this user",
    ),
    (
        ("database is locked", "database table is locked"),
        "{place} is locked by another process: stop it, or wait until it has finished",
    ),
    (
        ("no such table", "no such column", "has no column"),
        "{place} has another schema: run `syntropism db upgrade`",
    ),
    (("disk i/o error",), "the disk of {place} does not answer: check it and start again"),
)


def refusal(original: BaseException) -> DomainError:
    """The domain error behind a violated constraint."""
    message = str(original)
    diagnosis = getattr(original, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    found = _VIOLATION.search(message)
    if found:
        name = _UNIQUE_ON_SQLITE.get(found[2], found[2])
    if name in _REFUSALS:
        return _REFUSALS[name]()
    if "foreign key" in message.lower():
        return NotFound("something it refers to does not exist")
    if "unique" in message.lower():
        return Conflict(f"it exists already ({name})")
    return Invalid(f"a value is out of range ({name})")


def advice(original: BaseException, place: str) -> str:
    """One line that says what is wrong with the database at ``place``, and what to do."""
    message = " ".join(str(original).split())
    for signs, line in _ADVICE:
        if any(sign in message.lower() for sign in signs):
            return line.format(place=place)
    return f"the database {place} failed: {message}"[:500]


@frozen(slots=True)
class Translation:
    """What the errors of the database at ``place`` mean inside."""

    place: str
    read_only: bool

    def of(self, original: BaseException) -> DomainError | StorageFailed:
        """The domain error, or the failure, behind an error of the driver."""
        if isinstance(original, sqlite3.IntegrityError):
            return refusal(original)
        if self.read_only and "readonly" in str(original):
            return StorageFailed("this transaction is read-only")
        return StorageFailed(advice(original, self.place))


class Translating(Protocol):
    """What the errors of a driver mean inside."""

    @property
    def place(self) -> str: ...

    def of(self, original: BaseException) -> DomainError | StorageFailed: ...


def at_the_door(original: BaseException, place: str) -> StorageFailed:
    """Why the database at ``place`` could not be opened."""
    return StorageFailed(advice(original, place))


def translate_errors(
    engine: Engine,
    translation: Translating,
    opening: Callable[[BaseException, str], StorageFailed] = at_the_door,
) -> None:
    """Makes ``engine`` raise domain errors and :class:`StorageFailed` instead of its own;
    ``opening`` explains why it could not be opened."""

    def translated(context: ExceptionContext) -> None:
        original = context.original_exception
        if context.sqlalchemy_exception is None:
            return  # not the database's: a bug of ours, or an interrupt
        if context.statement is None:
            raise opening(original, translation.place) from original
        raise translation.of(original) from original

    event.listen(engine, "handle_error", translated)
