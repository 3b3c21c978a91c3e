"""The unit of work in SQL: one transaction, rolled back unless it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import URL

from syntropism.adapters.sql.agents import SqlAgents
from syntropism.adapters.sql.answers import SqlAnswers
from syntropism.adapters.sql.bids import SqlBids
from syntropism.adapters.sql.consuming import SqlConsumedKeys, SqlPositions
from syntropism.adapters.sql.cycles import SqlCycles
from syntropism.adapters.sql.dead_letters import SqlDeadLetters
from syntropism.adapters.sql.engines import is_postgres, parse_url
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
from syntropism.adapters.sql.proofs import SqlProofs
from syntropism.adapters.sql.server import ServerOptions
from syntropism.adapters.sql.sessions import Session, Sessions
from syntropism.adapters.sql.sqlite_sessions import SqliteSessions
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.workers import SqlWorkers
from syntropism.adapters.sql.workspaces import SqlWorkspaceFiles, SqlWorkspaceVersions
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.unit_of_work import StorageFailed

DURABILITIES: Final = ("FULL", "NORMAL")
"""``FULL`` survives a power cut; ``NORMAL`` may then lose the last transactions, whole."""


class SqlStore:
    """Everything that is kept in the database at ``url``, and the factory of units of work.

    Opening migrates an empty database. Without a ``clock`` the time is that of the database: of
    its server, or, for a file, of this machine. On SQLite one unit of work writes at a time and
    others that want to write wait for it, those that only read do not; ``synchronous`` is its
    durability. ``options`` are for PostgreSQL.

    Raises:
        StorageFailed: the database cannot be opened, is damaged, or has another schema.
    """

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        *,
        synchronous: str = "FULL",
        options: ServerOptions | None = None,
    ) -> None:
        if synchronous not in DURABILITIES:
            raise StorageFailed(f"synchronous must be one of {', '.join(DURABILITIES)}")
        self.clock = clock
        self.url = parse_url(url)
        revision = current(url)
        if revision is None:
            upgrade(url)
        else:
            require_head(revision, self.url)
        self.sessions = _sessions(
            self.url, synchronous, options or ServerOptions(), timed=clock is None
        )

    def __call__(self, *, read_only: bool = False) -> "SqlUnitOfWork":
        return SqlUnitOfWork(self, read_only=read_only)

    @property
    def path(self) -> Path:
        """The file of the database."""
        return Path(self.url.database or "")

    def close(self) -> None:
        """Closes all connections; a unit of work opens new ones."""
        self.sessions.close()


def _sessions(url: URL, synchronous: str, options: ServerOptions, *, timed: bool) -> Sessions:
    if not is_postgres(url):
        return SqliteSessions(url, synchronous=synchronous)
    from syntropism.adapters.sql.postgres_sessions import PostgresSessions  # the extra `postgres`

    sessions = PostgresSessions(url, options, timed=timed)
    try:
        if timed:
            sessions.check_clock()
    except BaseException:
        sessions.close()
        raise
    return sessions


class SqlUnitOfWork:
    """One transaction, from entering to leaving."""

    def __init__(self, store: SqlStore, *, read_only: bool) -> None:
        self._store = store
        self._sessions = store.sessions
        self._read_only = read_only

    def __enter__(self) -> Self:
        self._session: Session = self._sessions.begin(read_only=self._read_only)
        self._transaction = self._sessions.transaction(self._session, self.now)
        self._open(self._transaction)
        return self

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
        self.workspace_versions = SqlWorkspaceVersions(transaction)
        self.answers = SqlAnswers(transaction)
        self.leases = SqlLeases(transaction)
        self.operators = SqlOperators(transaction)
        self.workers = SqlWorkers(transaction)
        self.positions = SqlPositions(transaction)
        self.consumed = SqlConsumedKeys(transaction)
        self.proofs = SqlProofs(transaction)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sessions.end(self._session)

    def now(self) -> datetime:
        if self._store.clock is not None:
            return self._store.clock.now()
        return self._session.now or datetime.now(UTC)

    def commit(self) -> None:
        self._sessions.commit(self._session, self._transaction.put_off)
        self._transaction.put_off.clear()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        put_off = self._transaction.put_off
        mark = len(put_off)
        try:
            with self._sessions.savepoint(self._session):
                yield
        except BaseException:
            del put_off[mark:]
            raise
