"""Decorators of the store: its units of work, and every repository in them."""

from typing import Any, Final, get_type_hints

from syntropism.application.ports.unit_of_work import (
    CommitLost,
    StorageAway,
    StorageFailed,
    TryAgain,
    UnitOfWork,
    UnitOfWorkFactory,
)
from syntropism.testing.faults.decorating import Decorator, members_of
from syntropism.testing.faults.kinds import AFTER, BEFORE, Fault, fails

WRITES: Final = frozenset(
    (
        *("add", "save", "post", "append", "open_account", "freeze", "thaw_losers", "respond"),
        *("mark_read", "save_log", "save_losses", "next_sequence", "remove", "first", "forget"),
    )
)
"""Methods of repositories that write."""

_READING: Final = fails(TryAgain, "the connection to the database was lost")
_WRITING: Final = (
    *fails(TryAgain, "the transaction lost against others", BEFORE, AFTER),
    *fails(StorageFailed, "the disk of the database is full: make room and start again"),
)


def _table(repository: type) -> dict[str, tuple[Fault, ...]]:
    return {
        name: _WRITING if name in WRITES else _READING
        for name, member in members_of(repository).items()
        if callable(member)
    }


def _repositories() -> dict[str, Decorator[Any]]:
    found = {}
    for name, member in members_of(UnitOfWork).items():
        if isinstance(member, property):
            repository = get_type_hints(member.fget)["return"]
            found[name] = Decorator[Any](repository, _table(repository))
    return found


REPOSITORIES: Final = _repositories()
"""Decorators by the name that a unit of work has for each repository."""

faulty_unit_of_work: Final = Decorator[UnitOfWork](
    UnitOfWork,
    {
        "__enter__": fails(StorageAway, "the database does not answer"),
        "__exit__": (),
        "now": (),
        "savepoint": fails(TryAgain, "the connection to the database was lost"),
        "commit": (
            *fails(TryAgain, "the transaction lost against others"),
            *fails(StorageFailed, "the disk of the database is full: make room and start again"),
            *fails(CommitLost, "the connection was lost during a commit", AFTER),
        ),
    },
    REPOSITORIES,
)

faulty_store: Final = Decorator[UnitOfWorkFactory](
    UnitOfWorkFactory, {"__call__": ()}, {"__call__": faulty_unit_of_work}
)
