"""One orchestrator per project folder, and per database, on this machine."""

import fcntl
import os
from pathlib import Path

from syntropism.application.ports.unit_of_work import StorageFailed


class FolderLock:
    """Exclusive locks on files, held until released or until this process ends, however it
    ends: whoever gets them knows that every earlier holder is gone. ``shared`` ones are held
    by many at once, but not beside an exclusive one."""

    def __init__(self, *paths: Path, shared: bool = False) -> None:
        self._paths = paths
        self._shared = shared
        self._descriptors: list[int] = []

    def acquire(self) -> None:
        """Takes the locks, all or none; does nothing if they are held already.

        Raises:
            StorageFailed: another process has one, or a file cannot be made.
        """
        if self._descriptors:
            return
        try:
            for path in self._paths:
                self._descriptors.append(_locked(path, shared=self._shared))
        except StorageFailed:
            self.release()
            raise

    def release(self) -> None:
        """Gives the locks back; does nothing if they are not held."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def _locked(path: Path, *, shared: bool) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageFailed(f"cannot write {path}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise StorageFailed(
            f"another process runs the economy in {path.parent}; stop it first"
        ) from None
    return descriptor
