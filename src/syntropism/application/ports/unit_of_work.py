"""The unit of work: one transaction over everything that is kept."""

from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from syntropism.application.ports.repositories.answers import Answers
from syntropism.application.ports.repositories.attention import Prompts
from syntropism.application.ports.repositories.bids import Bids
from syntropism.application.ports.repositories.economy import Holds, Ledger
from syntropism.application.ports.repositories.execution import DeadLetters, Executions, Workers
from syntropism.application.ports.repositories.history import ConsumedKeys, Events, Positions
from syntropism.application.ports.repositories.leases import Leases
from syntropism.application.ports.repositories.market import Cycles, MarketStates
from syntropism.application.ports.repositories.operators import Operators
from syntropism.application.ports.repositories.population import Agents
from syntropism.application.ports.repositories.proofs import Proofs
from syntropism.application.ports.repositories.social import Messages
from syntropism.application.ports.repositories.workspaces import WorkspaceFiles, WorkspaceVersions


class UnitOfWork(Protocol):
    """Commits explicitly; leaving the context without a commit rolls back.

    Entering, every method and every repository raise ``StorageFailed`` when the store fails:
    ``StorageAway`` while it does not answer, ``TryAgain`` when the transaction is lost. Leaving
    does not fail.
    """

    @property
    def ledger(self) -> Ledger: ...
    @property
    def holds(self) -> Holds: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def bids(self) -> Bids: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def prompts(self) -> Prompts: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def cycles(self) -> Cycles: ...
    @property
    def market(self) -> MarketStates: ...
    @property
    def events(self) -> Events: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def workspace_files(self) -> WorkspaceFiles: ...
    @property
    def workspace_versions(self) -> WorkspaceVersions: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def operators(self) -> Operators: ...
    @property
    def workers(self) -> Workers: ...
    @property
    def positions(self) -> Positions: ...
    @property
    def consumed(self) -> ConsumedKeys: ...
    @property
    def proofs(self) -> Proofs: ...

    def now(self) -> datetime:
        """The time of the store: the one clock that leases and deadlines compare on (UTC)."""
        ...

    def commit(self) -> None:
        """Makes everything since the start durable, all or nothing.

        Raises:
            TryAgain: nothing happened.
            CommitLost: nobody knows.
            StorageFailed: nothing happened, and repeating it does not help.
        """
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """A part that is undone alone when its block raises."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class UnitOfWorkFactory(Protocol):
    """Opens units of work."""

    def __call__(self, *, read_only: bool = False) -> UnitOfWork:
        """A new transaction; ``read_only`` ones see one consistent state and may not write."""
        ...


class StorageFailed(Exception):
    """The store is corrupt, full, unreachable or of another version; one line for the operator."""


class TryAgain(StorageFailed):
    """Nothing of the transaction happened: it lost against others (a deadlock, a row that another
    one made first), or the connection was lost before its commit. The whole use case may be run
    again, from its start."""


class CommitLost(StorageFailed):
    """The answer to a commit was lost: whether the transaction happened is not known. Whoever can
    look, or repeats what may be repeated, goes on."""


class StorageAway(StorageFailed):
    """The store, or whoever keeps it for us, does not answer now; waiting may help."""
