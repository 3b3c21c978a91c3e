"""One orchestrator per project folder on this machine."""

import fcntl
import os
from pathlib import Path

from syntropism.application.ports.unit_of_work import StorageFailed


class FolderLock:
    """An exclusive lock on a file, held until released or until this process ends, however it
    ends: whoever gets it knows that every earlier holder is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Takes the lock; does nothing if it is held already.

        Raises:
            StorageFailed: another process has it, or the file cannot be made.
        """
        if self._descriptor is not None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageFailed(f"cannot write {self._path}: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise StorageFailed(
                f"another process runs the economy in {self._path.parent}; stop it first"
            ) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Gives the lock back; does nothing if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
