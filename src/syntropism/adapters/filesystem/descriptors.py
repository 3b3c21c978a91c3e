"""Opening what agents planted, without ever following it anywhere.

Everything goes through directory descriptors, one path part at a time and with ``O_NOFOLLOW``:
a link, wherever it stands, is an error and not a way.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from syntropism.domain.errors import Invalid

PATH_BYTES_MAX: Final = 1_000
PART_BYTES_MAX: Final = 255
DEPTH_MAX: Final = 32

FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def split_path(path: str) -> list[str]:
    """The parts of a path within a workspace.

    Raises:
        Invalid: it is absolute, leaves the workspace, holds NUL, or is too long or too deep.
    """
    parts = path.split("/")
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise Invalid("path must be relative and stay in the workspace", field="path")
    if sum(map(len, encoded)) > PATH_BYTES_MAX or max(map(len, encoded)) > PART_BYTES_MAX:
        raise Invalid("path is too long", field="path")
    if len(parts) > DEPTH_MAX:
        raise Invalid(f"path is deeper than {DEPTH_MAX} folders", field="path")
    return parts


@contextmanager
def opened_folder(name: str, within: int | None = None) -> Iterator[int]:
    """A descriptor of the folder ``name``; raises OSError when it is none, or a link."""
    descriptor = os.open(name, FOLDER_FLAGS, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_up(name: str, within: int) -> None:
    """Gives us back the rights that an agent may have taken from the folder ``name``.

    Raises:
        OSError: it is no folder.
    """
    descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & 0o700 != 0o700:
            with suppress(PermissionError):
                os.chmod(f"/proc/self/fd/{descriptor}", mode | 0o700)
    finally:
        os.close(descriptor)


@contextmanager
def opened_file(parts: list[str], root: int, owner_uid: int) -> Iterator[tuple[int, int]]:
    """A readable descriptor and the size of the regular file ``parts`` below ``root``.

    The file is looked at before it is opened (opening a FIFO can hang, opening a device can
    act). A file with several names must be the agent's own: a hard link lends the reader's
    rights to somebody else's file.

    Raises:
        OSError: there is no such regular file.
    """
    within = os.dup(root)
    try:
        for part in parts[:-1]:
            within, outer = os.open(part, FOLDER_FLAGS, dir_fd=within), within
            os.close(outer)
        seen = os.open(parts[-1], os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    finally:
        os.close(within)
    try:
        status = os.fstat(seen)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(parts[-1])
        if status.st_nlink > 1 and status.st_uid != owner_uid:
            raise PermissionError(parts[-1])
        descriptor = os.open(f"/proc/self/fd/{seen}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(seen)
    try:
        yield descriptor, status.st_size
    finally:
        os.close(descriptor)


def read_bytes(descriptor: int, bytes_max: int) -> bytes:
    """Up to ``bytes_max`` bytes from the start of an open file."""
    pieces: list[bytes] = []
    left = bytes_max
    while left > 0:
        piece = os.read(descriptor, min(left, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
