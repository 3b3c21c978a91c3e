"""The unit of work in memory: one transaction at a time, undone unless it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from types import TracebackType
from typing import Self

from syntropism.adapters.memory.execution import MemoryDeadLetters, MemoryExecutions, MemoryWorkers
from syntropism.adapters.memory.history import (
    MemoryAnswers,
    MemoryConsumedKeys,
    MemoryEvents,
    MemoryLeases,
    MemoryPositions,
)
from syntropism.adapters.memory.ledger import MemoryHolds, MemoryLedger
from syntropism.adapters.memory.market import MemoryBids, MemoryCycles, MemoryMarketStates
from syntropism.adapters.memory.people import (
    MemoryAgents,
    MemoryMessages,
    MemoryOperators,
    MemoryPrompts,
    MemoryWorkspaceFiles,
    MemoryWorkspaceVersions,
)
from syntropism.adapters.memory.proofs import MemoryProofs
from syntropism.adapters.memory.table import Journal
from syntropism.application.ports.clock import Clock
from syntropism.domain.identifiers import AgentId


class MemoryStore:
    """Everything that is kept, and the factory of its units of work."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.active = False
        self.journal = Journal()
        self.ledger = MemoryLedger(self.journal)
        self.holds = MemoryHolds(self.journal, self.ledger)
        self.executions = MemoryExecutions(self.journal)
        self.bids = MemoryBids(self.journal, self.executions)
        self.prompts = MemoryPrompts(self.journal)
        self.agents = MemoryAgents(self.journal, self._occupied, clock.now)
        self.messages = MemoryMessages(self.journal)
        self.cycles = MemoryCycles(self.journal)
        self.market = MemoryMarketStates(self.journal)
        self.events = MemoryEvents(self.journal)
        self.dead_letters = MemoryDeadLetters(self.journal)
        self.workspace_files = MemoryWorkspaceFiles(self.journal)
        self.workspace_versions = MemoryWorkspaceVersions(self.journal)
        self.answers = MemoryAnswers(self.journal)
        self.leases = MemoryLeases(self.journal)
        self.operators = MemoryOperators(self.journal)
        self.workers = MemoryWorkers(self.journal)
        self.positions = MemoryPositions(self.journal)
        self.consumed = MemoryConsumedKeys(self.journal, clock.now)
        self.proofs = MemoryProofs()

    def _occupied(self, agent_id: AgentId) -> bool:
        return (
            self.bids.is_open_for(agent_id)
            or self.executions.unfinished_of(agent_id) is not None
            or self.prompts.is_queued_for(agent_id)
        )

    def __call__(self, *, read_only: bool = False) -> "MemoryUnitOfWork":
        return MemoryUnitOfWork(self, read_only=read_only)


class MemoryUnitOfWork:
    """One transaction; it holds the store's lock from entering to leaving."""

    def __init__(self, store: MemoryStore, *, read_only: bool) -> None:
        self._store = store
        self._read_only = read_only
        self.ledger = store.ledger
        self.holds = store.holds
        self.agents = store.agents
        self.bids = store.bids
        self.executions = store.executions
        self.prompts = store.prompts
        self.messages = store.messages
        self.cycles = store.cycles
        self.market = store.market
        self.events = store.events
        self.dead_letters = store.dead_letters
        self.workspace_files = store.workspace_files
        self.workspace_versions = store.workspace_versions
        self.answers = store.answers
        self.leases = store.leases
        self.operators = store.operators
        self.workers = store.workers
        self.positions = store.positions
        self.consumed = store.consumed
        self.proofs = store.proofs

    def __enter__(self) -> Self:
        self._store.lock.acquire()
        assert not self._store.active, "transactions must not be nested"
        self._store.active = True
        self._store.journal.writable = not self._read_only
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._store.journal.roll_back()
        finally:
            self._store.journal.writable = False
            self._store.active = False
            self._store.lock.release()

    def now(self) -> datetime:
        return self._store.clock.now()

    def commit(self) -> None:
        self._store.journal.undo.clear()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        mark = len(self._store.journal.undo)
        try:
            yield
        except BaseException:
            self._store.journal.roll_back(mark)
            raise
