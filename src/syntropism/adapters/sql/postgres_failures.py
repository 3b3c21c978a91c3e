"""What the errors of a PostgreSQL server mean inside, by their SQLSTATE."""

from typing import Final

from attrs import frozen

from syntropism.adapters.sql.failures import refusal
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed, TryAgain
from syntropism.domain.errors import DomainError, Invalid

_LOST_RACES: Final = {"pk_market_states"}
"""Rows that two transactions may want to make at the same time (founding one economy): who comes
second starts again, and finds them."""

_ADVICE: Final = {
    "25006": "this transaction is read-only",
    "28000": "{place} does not let this user in: see its user, password and pg_hba.conf",
    "28P01": "{place} refused the password: correct it in the URL",
    "3D000": "there is no database {place}: make it with `createdb`",
    "3F000": "{place} has no schema to work in: grant one to this user",
    "42501": "{place} does not let this user do that: make it the owner of the database",
    "42P01": "{place} has another schema: run `syntropism db upgrade`",
    "42703": "{place} has another schema: run `syntropism db upgrade`",
    "53100": "the disk of {place} is full: make room and start again",
    "53200": "{place} is out of memory: give it more",
    "53300": "{place} has no connection left: raise its max_connections, or lower "
    "storage.connections_max",
    "55P03": "{place}: a lock was not to be had in time: see what holds it (pg_stat_activity)",
    "57014": "{place}: a statement took longer than storage.statement_timeout_seconds",
    "58030": "the disk of {place} does not answer: check it and start again",
    "XX001": "{place} is damaged: restore a backup",
    "XX002": "{place} is damaged: restore a backup",
}

_COLLIDED: Final = ("40001", "40P01")
_GONE: Final = ("57P01", "57P02", "57P03", "57P05", "25P03")
"""The server ended the connection: shut down, crashed, starting, or tired of waiting for us."""

_SAID_BY_THE_DRIVER: Final = ("OperationalError", "InterfaceError", "DatabaseError")
"""Without an SQLSTATE only the driver spoke: the connection ended and the server said nothing (it
crashed, the network was cut). ``DatabaseError`` itself is what a result of libpq's own makes."""

_AT_THE_DOOR: Final = (
    (("password authentication failed", "no password supplied"), "28P01"),
    (("no pg_hba.conf entry", "authentication failed", "peer authentication"), "28000"),
    (("too many", "remaining connection slots"), "53300"),
)
"""While connecting, the driver tells no SQLSTATE."""


_PASSES: Final = ("53300",)
"""Somebody will give a connection back."""


def _kind(state: str) -> type[StorageFailed]:
    return StorageAway if state in _PASSES else StorageFailed


def lost(original: BaseException) -> bool:
    """Whether the connection itself is gone."""
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return state in _GONE or state.startswith("08")
    return type(original).__name__ in _SAID_BY_THE_DRIVER


def refused_at_the_door(original: BaseException, place: str) -> StorageFailed:
    """Why no connection could be made."""
    message = " ".join(str(original).split())
    for signs, state in _AT_THE_DOOR:
        if any(sign in message for sign in signs):
            return _kind(state)(_ADVICE[state].format(place=place))
    if "does not exist" in message and "database" in message:
        return StorageFailed(_ADVICE["3D000"].format(place=place))
    if "starting up" in message or "shutting down" in message or "recovery" in message:
        return StorageAway(f"{place} is starting or stopping: try again in a moment")
    reason = message.removeprefix("connection failed: ").split(" Is the server")[0]
    return StorageAway(
        f"{place} does not answer: see that the server runs and that host and port are right "
        f"({reason[-200:]})"
    )


@frozen(slots=True)
class PostgresTranslation:
    """What the errors of the database at ``place`` mean inside."""

    place: str

    def of(self, original: BaseException) -> DomainError | StorageFailed:
        """The domain error, or the failure, behind an error of the driver."""
        state = getattr(original, "sqlstate", None) or ""
        if state.startswith("23"):
            diagnosis = getattr(original, "diag", None)
            if getattr(diagnosis, "constraint_name", None) in _LOST_RACES:
                return TryAgain(f"{self.place}: another transaction was faster")
            return refusal(original)
        if state in _COLLIDED:
            return TryAgain(f"{self.place}: transactions collided")
        if state in _ADVICE:
            return _kind(state)(_ADVICE[state].format(place=self.place))
        if lost(original):
            return TryAgain(f"the connection to {self.place} was lost: see whether the server runs")
        if state.startswith("22") or type(original).__name__ == "DataError":
            return Invalid("a value is out of range or holds a NUL character")
        message = " ".join(str(original).split())
        return StorageFailed(f"the database {self.place} failed: {message}"[:500])
