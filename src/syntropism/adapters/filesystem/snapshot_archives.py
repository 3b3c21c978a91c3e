"""Workspaces as archives that travel: regular files, whether each is a program, and no more."""

import gzip
import os
import tarfile
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from syntropism.adapters.filesystem.descriptors import opened_file, opened_folder, split_path
from syntropism.adapters.filesystem.walking import ENTRIES_MAX, regular_files
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.snapshots import Overfull
from syntropism.domain.errors import NotFound

PIECE: Final = 1 << 20

HandOver = Callable[[int], None]
"""Gives what is behind a descriptor to the agent."""


def write_archive(folder: int, target: BinaryIO, owner_uid: int, bytes_max: int) -> None:
    """Packs the folder behind a descriptor; the same files give the same bytes.

    Raises:
        Overfull: there are too many files, or they are too large.
        OSError: the host refuses.
    """
    entries = regular_files(folder)
    size = sum(entry.size for entry in entries)
    if len(entries) >= ENTRIES_MAX:
        raise Overfull(f"it holds {ENTRIES_MAX} files or more")
    if size > bytes_max:
        raise Overfull(f"it holds {size} bytes, and {bytes_max} are the most")
    with (
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for entry in entries:
            _add(tar, entry.path, folder, owner_uid)


def _add(tar: tarfile.TarFile, path: str, workspace: int, owner_uid: int) -> None:
    try:
        with (
            opened_file(path.split("/"), workspace, owner_uid) as (descriptor, size),
            os.fdopen(os.dup(descriptor), "rb") as content,
        ):
            member = tarfile.TarInfo(path)
            member.size = size
            member.mode = 0o755 if os.fstat(descriptor).st_mode & 0o100 else 0o644
            tar.addfile(member, content)
    except (FileNotFoundError, PermissionError):
        return  # not a regular file any more, or one that its agent closed


def read_archive(folder: int, source: BinaryIO, hand_over: HandOver, bytes_max: int) -> None:
    """Unpacks an archive into the empty folder behind a descriptor.

    Raises:
        ProviderFailed: it holds more than a workspace may, or anything but regular files.
        Invalid: a path that leaves the workspace.
        TarError, EOFError, zlib.error: it is damaged.
        OSError: the host refuses.
    """
    files = size = 0
    with tarfile.open(fileobj=source, mode="r|gz") as tar:
        for member in tar:
            files += 1
            size += member.size
            if not member.isreg() or member.issparse():
                raise ProviderFailed(f"the snapshot holds {member.name!r}, no regular file")
            if files > ENTRIES_MAX or size > bytes_max:
                raise ProviderFailed("the snapshot holds more than a workspace may")
            content = tar.extractfile(member)
            assert content is not None
            mode = 0o755 if member.mode & 0o100 else 0o644
            _write(folder, split_path(member.name), content.read, mode, hand_over)


def read_file(source: BinaryIO, path: str, bytes_max: int) -> bytes:
    """The first bytes of one file in an archive.

    Raises:
        NotFound: there is no such file.
        TarError, EOFError, zlib.error: it is damaged.
    """
    with tarfile.open(fileobj=source, mode="r|gz") as tar:
        for member in tar:
            if member.name == path and member.isreg():
                content = tar.extractfile(member)
                assert content is not None
                return content.read(bytes_max)
    raise NotFound("no such file in the workspace", path=path)


def _write(
    folder: int, parts: list[str], read: Callable[[int], bytes], mode: int, hand_over: HandOver
) -> None:
    if len(parts) > 1:
        with suppress(FileExistsError):
            os.mkdir(parts[0], mode=0o755, dir_fd=folder)
        with opened_folder(parts[0], folder) as inner:
            hand_over(inner)
            _write(inner, parts[1:], read, mode, hand_over)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(parts[0], flags, 0o644, dir_fd=folder), "wb") as file:
        while piece := read(PIECE):
            file.write(piece)
        os.fchmod(file.fileno(), mode)
        hand_over(file.fileno())
