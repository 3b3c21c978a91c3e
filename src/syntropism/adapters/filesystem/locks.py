"""Locks of the kernel, which end with the process that has them."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.05


@contextmanager
def locked(path: Path, seconds_max: float) -> Iterator[bool]:
    """Tries for so long to have the lock at ``path``; whether it was had. Its file may be removed
    by whoever has it: then those who wait go on with the next one.

    Raises:
        OSError: the file cannot be made.
    """
    until = time.monotonic() + seconds_max
    descriptor = _take(path)
    try:
        while descriptor is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            descriptor = _take(path)
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _take(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
