"""A store that fails: every unit of work can be cut, refused, lost or killed where it stands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

from syntropism.application.commands.leading import Leadership
from syntropism.application.ports.unit_of_work import (
    CommitLost,
    StorageFailed,
    TryAgain,
    UnitOfWork,
    UnitOfWorkFactory,
)
from syntropism.testing.faults import Faults
from syntropism.testing.faults.stores import WRITES
from syntropism.testing.simulation import faults as kinds
from syntropism.testing.simulation.scheduler import Killed, Scheduler
from syntropism.testing.simulation.watch import Watch

LOCKING: Final = frozenset(("balances", "lock"))
"""Methods that lock rows, and give them in the order in which they were locked."""

_BEFORE_READING: Final = (kinds.CONNECTION_CUT,)
_BEFORE_WRITING: Final = (kinds.CONNECTION_CUT, kinds.KILLED_BEFORE_WRITE, kinds.DEADLOCK)
_BEFORE_COMMIT: Final = (
    *(kinds.KILLED_BEFORE_COMMIT, kinds.COMMIT_REFUSED, kinds.SERIALIZATION, kinds.DISK_FULL),
)
_AFTER_COMMIT: Final = (kinds.KILLED_AFTER_COMMIT, kinds.COMMIT_LOST)

SWITCHES: Final = 0.15
"""How often the turn changes in the midst of a transaction."""

REPOSITORIES: Final = frozenset(
    name for name in vars(UnitOfWork) if isinstance(vars(UnitOfWork)[name], property)
)


class Contention:
    """Who writes: one transaction at a time, as the stores promise. ``exclusive`` false is a
    planted bug: a store whose transactions do not exclude each other."""

    def __init__(self, scheduler: Scheduler, *, exclusive: bool = True) -> None:
        self._scheduler = scheduler
        self._exclusive = exclusive
        self._taken = False

    @property
    def free(self) -> bool:
        """Whether no transaction is open."""
        return not self._taken

    def take(self) -> None:
        """Waits for the turn to write."""
        if not self._exclusive:
            return
        if self._scheduler.inside():
            self._scheduler.wait(lambda: not self._taken)
        assert not self._taken
        self._taken = True

    def give_back(self) -> None:
        """Lets the next one write."""
        self._taken = False


class FaultyStore:
    """Units of work of ``inner``, with faults. ``dies`` says that the process which asks is the
    one that is killed; otherwise it asks through an API, and only sees its connection end."""

    def __init__(
        self,
        inner: UnitOfWorkFactory,
        scheduler: Scheduler,
        faults: Faults,
        contention: Contention,
        watch: Watch,
        *,
        dies: bool = True,
        lead: Callable[[], Leadership | None] = lambda: None,
    ) -> None:
        self.watch = watch
        self.lead = lead
        self._dies = dies
        self.inner = inner
        self.scheduler = scheduler
        self.faults = faults
        self.contention = contention

    def __call__(self, *, read_only: bool = False) -> "FaultyUnitOfWork":
        return FaultyUnitOfWork(self, read_only=read_only)

    def die(self) -> None:
        """Kills the process that is at work."""
        if not self._dies:
            raise StorageFailed("the API was killed")
        self.scheduler.current().killed = True
        raise Killed(self.scheduler.current().name)

    def before(self, *, writes: bool) -> None:
        """What can happen before a repository is asked."""
        if not self.scheduler.inside():
            return
        if self.faults.random.random() < SWITCHES:
            self.scheduler.switch()
        fault = self.faults.one_of(_BEFORE_WRITING if writes else _BEFORE_READING)
        if fault is None:
            return
        if fault is kinds.KILLED_BEFORE_WRITE:
            self.die()
        if fault is kinds.DEADLOCK:
            raise TryAgain("a deadlock; this transaction was chosen to fail")
        raise TryAgain("the connection to the database was cut")

    def written(self) -> None:
        """What can happen when a repository has been written to."""
        if self.scheduler.inside() and self.faults.strikes(kinds.KILLED_AFTER_WRITE):
            self.die()


class FaultyUnitOfWork:
    """One transaction of a process that may not live to see its end."""

    def __init__(self, store: FaultyStore, *, read_only: bool) -> None:
        self._store = store
        self._read_only = read_only
        self._inner: Any = store.inner(read_only=read_only)

    def __enter__(self) -> Self:
        self._store.scheduler.switch()
        self._store.contention.take()
        self._inner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._inner.__exit__(kind, error, trace)
        finally:
            self._store.contention.give_back()

    def __getattr__(self, name: str) -> Any:
        if name not in REPOSITORIES:
            raise AttributeError(name)
        inner = getattr(self._inner, name)
        kind = _KINDS.get(type(inner)) or _faulty(type(inner))
        proxy = kind(inner, self._store, read_only=self._read_only)
        setattr(self, name, proxy)
        return proxy

    def now(self) -> datetime:
        """The clock of the database."""
        moment: datetime = self._inner.now()
        return moment

    def commit(self) -> None:
        """Commits, unless it is refused; and the answer may be lost."""
        store = self._store
        if store.scheduler.inside():
            store.scheduler.switch()
            fault = store.faults.one_of(_BEFORE_COMMIT)
            if fault is kinds.KILLED_BEFORE_COMMIT:
                store.die()
            if fault is kinds.DISK_FULL:
                raise StorageFailed(f"{fault}; nothing was committed")
            if fault is not None:
                raise TryAgain(f"{fault}; nothing was committed")
        store.watch.committed(self._inner, store.lead())
        self._inner.commit()
        if store.scheduler.inside():
            fault = store.faults.one_of(_AFTER_COMMIT)
            if fault is kinds.KILLED_AFTER_COMMIT:
                store.die()
            if fault is not None:
                raise CommitLost(fault)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """See the port."""
        with self._inner.savepoint():
            yield


class _Repository:
    """A repository whose every method gives the turn back, and may fail."""

    def __init__(self, inner: Any, store: FaultyStore, *, read_only: bool) -> None:
        self._inner = inner
        self._store = store
        self._read_only = read_only


_KINDS: Final[dict[type, type[_Repository]]] = {}
"""What stands before each kind of repository: made once, for every simulation asks thousands of
times."""


def _faulty(kind: type) -> type[_Repository]:
    names = [name for name in dir(kind) if not name.startswith("_")]
    methods = {name: _asked(name) for name in names}
    _KINDS[kind] = type(f"Faulty{kind.__name__}", (_Repository,), methods)
    return _KINDS[kind]


def _asked(name: str) -> Callable[..., Any]:
    writes, locks = name in WRITES, name in LOCKING

    def asked(self: _Repository, *arguments: Any, **named: Any) -> Any:
        store, read_only = self._store, self._read_only
        store.before(writes=writes and not read_only)
        answer = getattr(self._inner, name)(*arguments, **named)
        if locks and not read_only:
            store.watch.locked(f"rows by {name}", answer)
        if writes:
            store.written()
        return answer

    return asked
