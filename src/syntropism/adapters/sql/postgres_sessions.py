"""Sessions on a PostgreSQL server.

What writes runs at READ COMMITTED and locks what it reads before it decides; what only reads
sees one snapshot. Transactions are begun by the driver itself, in one round trip with a look at
the server's clock.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Semaphore, local
from typing import Any, Final

import psycopg
from attrs import define
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from syntropism.adapters.sql.engines import place_of
from syntropism.adapters.sql.events import events
from syntropism.adapters.sql.failures import translate_errors
from syntropism.adapters.sql.postgres_failures import PostgresTranslation, lost, refused_at_the_door
from syntropism.adapters.sql.postgres_statements import ordered_insertion
from syntropism.adapters.sql.postgres_transaction import (
    WRITE,
    PostgresTransaction,
    begun,
)
from syntropism.adapters.sql.server import ServerOptions
from syntropism.adapters.sql.sessions import Session
from syntropism.adapters.sql.transaction import Row
from syntropism.adapters.sql.types import encode_json
from syntropism.application.ports.unit_of_work import CommitLost, StorageFailed

_log: Final = logging.getLogger("syntropism.sql")

_READ: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_TIME: Final = b"; SELECT clock_timestamp()"


def local_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def open_server(url: URL, options: ServerOptions) -> Engine:
    """An engine whose connections commit every statement until a transaction is begun."""
    engine = create_engine(
        url,
        poolclass=NullPool,
        paramstyle="format",
        json_serializer=encode_json,
        use_native_hstore=False,
        connect_args={
            "autocommit": True,
            "connect_timeout": max(1, options.connect_ms // 1000),
            "application_name": "syntropism",
            "options": options.command_line,
            "keepalives_idle": 10,  # a server that is gone without a word is noticed
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )
    translate_errors(engine, PostgresTranslation(place_of(url)), refused_at_the_door)
    event.listen(engine, "begin", lambda connection: begun(driver_of(connection)))
    return engine


def driver_of(connection: Connection) -> "psycopg.Connection[Any]":
    """The driver's own connection below ``connection``."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


@define(slots=True)
class _Kept:
    """One connection, and the driver's below it."""

    connection: Connection
    driver: "psycopg.Connection[Any]"
    cursor: "psycopg.Cursor[Any]"

    def discard(self) -> None:
        """Closes it for good."""
        self.connection.invalidate()
        self.connection.close()


class PostgresSessions:
    """At most ``connections_max`` connections; who comes later waits. A connection that broke
    between two transactions (the server was restarted) is replaced without anybody noticing."""

    def __init__(self, url: URL, options: ServerOptions, *, timed: bool) -> None:
        self._engine = open_server(url, options)
        self._place = place_of(url)
        self._translation = PostgresTranslation(self._place)
        self._options = options
        self._timed = timed
        self._idle: list[_Kept] = []
        self._places = Semaphore(options.connections_max)
        self._mine = local()

    def check_clock(self) -> None:
        """Compares the clock of this machine with the server's: tokens expire by the one,
        windows end by the other.

        Raises:
            StorageFailed: they are too far apart.
        """
        session = self.begin(read_only=True)
        self.end(session)
        before = local_now()  # again, on a connection that is there
        session = self.begin(read_only=True)
        self.end(session)
        after = local_now()
        assert session.now is not None
        skew = max(session.now - after, before - session.now).total_seconds()
        if skew > self._options.clock_skew_ms / 1000:
            ahead = "behind" if session.now > after else "ahead of"
            raise StorageFailed(
                f"the clock of this machine is {skew:.1f} seconds {ahead} that of {self._place}: "
                "synchronise both (NTP), or raise storage.clock_skew_seconds_max"
            )

    def begin(self, *, read_only: bool) -> Session:
        assert read_only or not getattr(self._mine, "writing", False), (
            "transactions must not be nested"
        )
        if not self._places.acquire(timeout=self._options.wait_ms / 1000):
            raise StorageFailed(
                f"all {self._options.connections_max} connections to {self._place} have been "
                f"busy for {self._options.wait_ms / 1000:g} seconds: raise "
                "storage.connections_max"
            )
        try:
            session = self._begun(read_only=read_only)
        except BaseException:
            self._places.release()
            raise
        self._mine.writing = getattr(self._mine, "writing", False) or not read_only
        return session

    def _begun(self, *, read_only: bool) -> Session:
        while True:
            try:
                kept, fresh = self._idle.pop(), False
            except IndexError:
                kept, fresh = self._connected(), True
            try:
                now = self._start(kept.driver, read_only=read_only)
            except psycopg.Error as problem:
                kept.discard()
                if fresh or not lost(problem):
                    raise self._translation.of(problem) from problem
            except BaseException:
                kept.discard()
                raise
            else:
                return Session(kept.connection, kept.driver, read_only, kept.cursor, now)

    def _connected(self) -> _Kept:
        connection = self._engine.connect()
        driver = driver_of(connection)
        return _Kept(connection, driver, driver.cursor())

    def _start(self, driver: "psycopg.Connection[Any]", *, read_only: bool) -> datetime | None:
        begin = _READ if read_only else WRITE
        told = driver.pgconn.exec_(begin + _TIME if self._timed else begin)
        if told.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            raise psycopg.errors.error_from_result(told)
        if not self._timed:
            return None
        now = told.get_value(0, 0)
        assert now is not None
        return datetime.fromisoformat(now.decode()).astimezone(UTC)

    def transaction(self, session: Session, now: Callable[[], datetime]) -> PostgresTransaction:
        return PostgresTransaction(
            session.connection,
            session.driver,
            session.cursor,
            self._translation,
            now,
            read_only=session.read_only,
        )

    @contextmanager
    def savepoint(self, session: Session) -> Iterator[None]:
        with session.connection.begin_nested():
            yield

    def commit(self, session: Session, put_off: Sequence[Row]) -> None:
        """The events and the commit go to the server together: should this process stop now, no
        other one has to wait for it."""
        driver = session.driver
        try:
            if put_off:
                with driver.pipeline():
                    driver.execute(*ordered_insertion(events, put_off))
                    driver.execute(b"COMMIT")
            else:
                driver.commit()
        except psycopg.Error as problem:
            if lost(problem):
                raise CommitLost(
                    f"the connection to {self._place} was lost during a commit: look whether it "
                    "was done before repeating it"
                ) from problem
            raise self._translation.of(problem) from problem
        session.connection.commit()

    def end(self, session: Session) -> None:
        if not session.read_only:
            self._mine.writing = False
        kept = _Kept(session.connection, session.driver, session.cursor)
        try:
            session.connection.rollback()
            if kept.driver.info.transaction_status is not TransactionStatus.IDLE:
                kept.driver.rollback()
        except Exception as problem:
            _log.debug("a connection is given up: %s", problem)
            kept.discard()
        else:
            self._idle.append(kept)
        finally:
            self._places.release()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().connection.close()
        self._engine.dispose()
