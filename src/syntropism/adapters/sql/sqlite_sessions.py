"""Sessions on a SQLite file: one writes at a time, any number reads beside it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Lock, get_ident

from sqlalchemy import URL

from syntropism.adapters.sql.engines import (
    READERS_MAX,
    WAIT_SECONDS_MAX,
    driver_of,
    open_engine,
    translation_for,
)
from syntropism.adapters.sql.readers import Reader, Readers
from syntropism.adapters.sql.sessions import Session
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.application.ports.unit_of_work import StorageFailed


class SqliteSessions:
    """Readers keep their connections; there is one connection that writes."""

    def __init__(self, url: URL, *, synchronous: str) -> None:
        self._turn = WriterTurn()
        self._writers = open_engine(url, read_only=False, synchronous=synchronous)
        self._writing = translation_for(url, read_only=False)
        self._reading = translation_for(url, read_only=True)
        readers = open_engine(url, read_only=True, pool=READERS_MAX)
        self._readers = Readers(readers, self._reading)

    def begin(self, *, read_only: bool) -> Session:
        if read_only:
            reader = self._readers.begin()
            return Session(reader.connection, reader.driver, read_only)
        self._turn.take()
        try:
            connection = self._writers.connect()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        except BaseException:
            self._turn.give_back()
            raise
        return Session(connection, driver_of(connection), read_only)

    def transaction(self, session: Session, now: Callable[[], datetime]) -> Transaction:
        translation = self._reading if session.read_only else self._writing
        return Transaction(
            session.connection, session.driver, translation, now, read_only=session.read_only
        )

    def savepoint(self, session: Session) -> AbstractContextManager[object]:
        return session.connection.begin_nested()

    def commit(self, session: Session, put_off: Sequence[Row]) -> None:
        assert not put_off, "there is one writer: events have their order at once"
        session.connection.commit()

    def end(self, session: Session) -> None:
        if session.read_only:
            self._readers.end(Reader(session.connection, session.driver))
            return
        try:
            try:
                session.connection.rollback()
            finally:
                session.connection.close()
        finally:
            self._turn.give_back()

    def close(self) -> None:
        self._readers.close()
        self._writers.dispose()


class WriterTurn:
    """Whose turn it is to write in this process: SQLite has one writer, and a thread that waits
    here does not have to poll for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None

    def take(self) -> None:
        """Waits for the turn.

        Raises:
            StorageFailed: another thread has written for too long.
        """
        assert self._holder != get_ident(), "transactions must not be nested"
        if not self._lock.acquire(timeout=WAIT_SECONDS_MAX):
            raise StorageFailed(
                f"another transaction has been writing for {WAIT_SECONDS_MAX:.0f} seconds: "
                "see what this process is busy with"
            )
        self._holder = get_ident()

    def give_back(self) -> None:
        """Lets the next one write."""
        self._holder = None
        self._lock.release()
