"""Connections that only read, kept from one unit of work to the next.

Between units of work no transaction is open on them. Their transactions are begun and rolled
back by the driver itself: that, and not going through the pool, halves the price of a balance.
"""

import sqlite3
from threading import Semaphore

from attrs import frozen
from sqlalchemy import Connection, Engine

from syntropism.adapters.sql.engines import READERS_MAX, WAIT_SECONDS_MAX, driver_of
from syntropism.adapters.sql.failures import Translation
from syntropism.application.ports.unit_of_work import StorageFailed


@frozen(slots=True)
class Reader:
    """One connection, and the driver's below it."""

    connection: Connection
    driver: sqlite3.Connection

    def discard(self) -> None:
        """Closes it for good: the pool is not to hand it out again."""
        self.connection.invalidate()
        self.connection.close()


class Readers:
    """At most ``READERS_MAX`` connections at work; who comes later waits."""

    def __init__(self, engine: Engine, translation: Translation) -> None:
        self._engine = engine
        self._translation = translation
        self._idle: list[Reader] = []
        self._places = Semaphore(READERS_MAX)

    def begin(self) -> Reader:
        """A connection in a new transaction, which sees the state at its first read.

        Raises:
            StorageFailed: none becomes free, or the database cannot be opened.
        """
        if not self._places.acquire(timeout=WAIT_SECONDS_MAX):
            raise StorageFailed(
                f"{READERS_MAX} transactions have been reading for {WAIT_SECONDS_MAX:.0f} seconds"
            )
        try:
            reader = self._take()
            try:
                reader.driver.execute("BEGIN")
            except sqlite3.Error as problem:
                reader.discard()
                raise self._translation.of(problem) from problem
            return reader
        except BaseException:
            self._places.release()
            raise

    def _take(self) -> Reader:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
            return Reader(connection, driver_of(connection))

    def end(self, reader: Reader) -> None:
        """Rolls back and keeps the connection for the next one; a broken one is closed."""
        try:
            reader.driver.execute("ROLLBACK")
        except sqlite3.Error:
            reader.discard()
        else:
            self._idle.append(reader)
        finally:
            self._places.release()

    def close(self) -> None:
        """Closes the connections that nobody works on."""
        while self._idle:
            self._idle.pop().connection.close()
        self._engine.dispose()
