"""A store that several processes use: opened when it answers, closed in the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.services.patience import Patience, when_it_answers


@contextmanager
def open_store(
    container: Container, stop: Event, tell: Callable[[str], object]
) -> Iterator[UnitOfWorkFactory]:
    """The store of ``container``, waited for if it is only not there yet; a lock that is shared
    keeps away those who must be alone (`run`, on this machine).

    Raises:
        StorageFailed: it cannot be used, however long one waits.
        Stopped: the process was asked to end meanwhile.
    """
    lock = container.lock()
    patience = Patience(stop, tell)
    if lock is not None:
        when_it_answers(lock.acquire, patience, stop)
    try:
        store = when_it_answers(container.store, patience, stop)
        try:
            yield store
        finally:
            close = getattr(store, "close", None)
            if close is not None:
                close()
    finally:
        if lock is not None:
            lock.release()
