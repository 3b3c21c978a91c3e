"""One process that runs a whole economy, per database of a PostgreSQL server."""

import psycopg
from sqlalchemy import Connection

from syntropism.adapters.sql.engines import parse_url, place_of
from syntropism.adapters.sql.postgres_sessions import open_server
from syntropism.adapters.sql.server import ServerOptions
from syntropism.application.ports.unit_of_work import StorageFailed

_TAKE = "SELECT pg_try_advisory_lock(hashtextextended('syntropism run', 0))"
_SHARE = "SELECT pg_try_advisory_lock_shared(hashtextextended('syntropism run', 0))"


class DatabaseLock:
    """An exclusive lock on a database, held until released or until this process ends, however
    it ends, on whichever machine: the server keeps it for a connection of its own. ``shared``
    ones are held by many at once, but not beside an exclusive one."""

    def __init__(self, url: str, options: ServerOptions, *, shared: bool = False) -> None:
        self._url = parse_url(url)
        self._options = options
        self._take = _SHARE if shared else _TAKE
        self._connection: Connection | None = None

    def acquire(self) -> None:
        """Takes the lock; does nothing if it is held already.

        Raises:
            StorageFailed: another process has it, or the server does not answer.
        """
        if self._connection is not None:
            return
        connection = open_server(self._url, self._options).connect()
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        (taken,) = driver.execute(self._take).fetchone() or (False,)
        if not taken:
            connection.close()
            raise StorageFailed(
                f"another process runs the economy in {place_of(self._url)}; stop it first"
            )
        self._connection = connection

    def release(self) -> None:
        """Gives the lock back; does nothing if it is not held."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
