"""The unit of work in SQL: one transaction, rolled back unless it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock, get_ident
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection

from syntropism.adapters.sql.agents import SqlAgents
from syntropism.adapters.sql.answers import SqlAnswers
from syntropism.adapters.sql.bids import SqlBids
from syntropism.adapters.sql.cycles import SqlCycles
from syntropism.adapters.sql.dead_letters import SqlDeadLetters
from syntropism.adapters.sql.engines import (
    READERS_MAX,
    WAIT_SECONDS_MAX,
    driver_of,
    open_engine,
    parse_url,
    translation_for,
)
from syntropism.adapters.sql.events import SqlEvents
from syntropism.adapters.sql.executions import SqlExecutions
from syntropism.adapters.sql.holds import SqlHolds
from syntropism.adapters.sql.leases import SqlLeases
from syntropism.adapters.sql.ledger import SqlLedger
from syntropism.adapters.sql.market_states import SqlMarketStates
from syntropism.adapters.sql.messages import SqlMessages
from syntropism.adapters.sql.migrations import current, require_head, upgrade
from syntropism.adapters.sql.operators import SqlOperators
from syntropism.adapters.sql.prompts import SqlPrompts
from syntropism.adapters.sql.readers import Readers
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.workers import SqlWorkers
from syntropism.adapters.sql.workspaces import SqlWorkspaceFiles
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.unit_of_work import StorageFailed

DURABILITIES: Final = ("FULL", "NORMAL")
"""``FULL`` survives a power cut; ``NORMAL`` may then lose the last transactions, whole."""


class SqlStore:
    """Everything that is kept in the database at ``url``, and the factory of units of work.

    Opening migrates an empty database. One unit of work writes at a time; others that want to
    write wait for it, those that only read do not.

    Raises:
        StorageFailed: the database cannot be opened, is damaged, or has another schema.
    """

    def __init__(self, url: str, clock: Clock, *, synchronous: str = "FULL") -> None:
        if synchronous not in DURABILITIES:
            raise StorageFailed(f"synchronous must be one of {', '.join(DURABILITIES)}")
        self.clock = clock
        self.url = parse_url(url)
        revision = current(url)
        if revision is None:
            upgrade(url)
        else:
            require_head(revision, self.url)
        self.turn = WriterTurn()
        self.writers = open_engine(self.url, read_only=False, synchronous=synchronous)
        self.writing = translation_for(self.url, read_only=False)
        self.reading = translation_for(self.url, read_only=True)
        self.readers = Readers(
            open_engine(self.url, read_only=True, pool=READERS_MAX), self.reading
        )

    def __call__(self, *, read_only: bool = False) -> "SqlUnitOfWork":
        return SqlUnitOfWork(self, read_only=read_only)

    @property
    def path(self) -> Path:
        """The file of the database."""
        return Path(self.url.database or "")

    def close(self) -> None:
        """Closes all connections; a unit of work opens new ones."""
        self.readers.close()
        self.writers.dispose()


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


class SqlUnitOfWork:
    """One transaction, from entering to leaving."""

    def __init__(self, store: SqlStore, *, read_only: bool) -> None:
        self._store = store
        self._read_only = read_only

    def __enter__(self) -> Self:
        store = self._store
        if self._read_only:
            self._reader = reader = store.readers.begin()
            self._connection: Connection = reader.connection
            driver, translation = reader.driver, store.reading
        else:
            self._begin_writing()
            driver, translation = driver_of(self._connection), store.writing
        self._open(
            Transaction(self._connection, driver, translation, self.now, read_only=self._read_only)
        )
        return self

    def _begin_writing(self) -> None:
        self._store.turn.take()
        try:
            self._connection = self._store.writers.connect()
            try:
                self._connection.begin()
            except BaseException:
                self._connection.close()
                raise
        except BaseException:
            self._store.turn.give_back()
            raise

    def _open(self, transaction: Transaction) -> None:
        self.ledger = SqlLedger(transaction)
        self.holds = SqlHolds(transaction)
        self.agents = SqlAgents(transaction)
        self.bids = SqlBids(transaction)
        self.executions = SqlExecutions(transaction)
        self.prompts = SqlPrompts(transaction)
        self.messages = SqlMessages(transaction)
        self.cycles = SqlCycles(transaction)
        self.market = SqlMarketStates(transaction)
        self.events = SqlEvents(transaction)
        self.dead_letters = SqlDeadLetters(transaction)
        self.workspace_files = SqlWorkspaceFiles(transaction)
        self.answers = SqlAnswers(transaction)
        self.leases = SqlLeases(transaction)
        self.operators = SqlOperators(transaction)
        self.workers = SqlWorkers(transaction)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._read_only:
            self._store.readers.end(self._reader)
            return
        try:
            try:
                self._connection.rollback()
            finally:
                self._connection.close()
        finally:
            self._store.turn.give_back()

    def now(self) -> datetime:
        return self._store.clock.now()

    def commit(self) -> None:
        self._connection.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        with self._connection.begin_nested():
            yield
