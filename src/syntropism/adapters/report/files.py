"""Files that are there whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syntropism.application.ports.reporting import ReportFailed


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place when the block ends well; parent
    folders are made. The file may be read by everybody whom the umask allows.

    Raises:
        ReportFailed: the disk is full, the folder cannot be written to, …
    """
    draft: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        draft = Path(name)
        yield draft
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except OSError as error:
        raise failed(path, error.strerror or str(error)) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def failed(path: Path, reason: str) -> ReportFailed:
    """The one line for an operator whose file could not be written."""
    full = os.strerror(errno.ENOSPC)
    if full in reason:
        return ReportFailed(f"cannot write {path}: {full}; free some space or choose another place")
    line = reason.partition("\n")[0][:200]
    return ReportFailed(f"cannot write {path}: {line}; choose another place")


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
