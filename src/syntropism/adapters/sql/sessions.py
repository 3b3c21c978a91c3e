"""Sessions: connections in a transaction, kept, shared out and replaced."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from attrs import define
from sqlalchemy import Connection

from syntropism.adapters.sql.transaction import Row, Transaction


@define(slots=True)
class Session:
    """One connection in one transaction: as SQLAlchemy sees it, and the driver's own below it.

    ``now`` is the time of the database's server when the transaction began, if it has a clock of
    its own."""

    connection: Connection
    driver: Any
    read_only: bool
    cursor: Any = None
    now: datetime | None = None


class Sessions(Protocol):
    """Where sessions come from. At most one that writes per thread."""

    def begin(self, *, read_only: bool) -> Session:
        """A new transaction.

        Raises:
            StorageFailed: no connection can be had.
        """
        ...

    def transaction(self, session: Session, now: Any) -> Transaction:
        """What repositories share in this session."""
        ...

    def savepoint(self, session: Session) -> AbstractContextManager[object]:
        """A part that is undone alone when its block raises."""
        ...

    def commit(self, session: Session, put_off: Sequence[Row]) -> None:
        """Makes the transaction durable, with the rows of events that were put off until now."""
        ...

    def end(self, session: Session) -> None:
        """Rolls back what was not committed and takes the connection back."""
        ...

    def close(self) -> None:
        """Closes all connections; a unit of work opens new ones."""
        ...
