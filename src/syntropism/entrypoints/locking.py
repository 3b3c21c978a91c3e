"""Locks that prove that a process is alone."""

from typing import Protocol

from attrs import frozen


class Lock(Protocol):
    """Held by at most one process; whoever gets it knows that every earlier holder is gone."""

    def acquire(self) -> None:
        """Takes it; does nothing if it is held already.

        Raises:
            StorageFailed: another process has it.
        """
        ...

    def release(self) -> None:
        """Gives it back; does nothing if it is not held."""
        ...


@frozen(slots=True)
class BothLocks:
    """Two locks as one: both or none."""

    outer: Lock
    inner: Lock

    def acquire(self) -> None:
        """See the protocol."""
        self.outer.acquire()
        try:
            self.inner.acquire()
        except BaseException:
            self.outer.release()
            raise

    def release(self) -> None:
        """See the protocol."""
        self.inner.release()
        self.outer.release()
