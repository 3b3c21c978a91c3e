"""Everything in a workspace, or in the archive of one, told without following any of it."""

import os
import stat
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from attrs import evolve

from syntropism.adapters.filesystem.descriptors import DEPTH_MAX, opened_folder
from syntropism.application.ports.workspaces import EntryKind, ListedEntry, Listing

LISTED_MAX: Final = 10_000
"""Things told of, at most."""

_KINDS: Final = {
    stat.S_IFREG: EntryKind.FILE,
    stat.S_IFDIR: EntryKind.FOLDER,
    stat.S_IFLNK: EntryKind.LINK,
    stat.S_IFIFO: EntryKind.PIPE,
    stat.S_IFSOCK: EntryKind.SOCKET,
    stat.S_IFCHR: EntryKind.DEVICE,
    stat.S_IFBLK: EntryKind.DEVICE,
}


def list_folder(root: int) -> Listing:
    """What is below the descriptor ``root``; what is deeper than ``DEPTH_MAX``, or in folders
    that their agent closed, is left out, and makes the listing incomplete."""
    found: list[ListedEntry] = []
    complete = True
    for entry in _walk(root, b"", DEPTH_MAX):
        if entry is None or len(found) >= LISTED_MAX:
            complete = False
            if entry is not None:
                break
            continue
        found.append(entry)
    return Listing(tuple(sorted(found, key=lambda one: one.path)), complete=complete)


def _walk(folder: int, prefix: bytes, depth: int) -> Iterator[ListedEntry | None]:
    """``None`` stands for what cannot be looked at."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(os.fsencode(entry.name) for entry in entries)
    except OSError:
        yield None
        return
    for name in names:
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError:
            yield None
            continue
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), EntryKind.OTHER)
        size = status.st_size if kind is EntryKind.FILE else 0
        yield ListedEntry(_shown(prefix + name), size, kind)
        if kind is not EntryKind.FOLDER:
            continue
        if depth <= 1:
            yield None
            continue
        try:
            with opened_folder(os.fsdecode(name), folder) as inner:
                yield from _walk(inner, prefix + name + b"/", depth - 1)
        except OSError:
            yield None


def list_archive(name: str, within: int) -> Listing:
    """What is in the archive ``name`` of the folder ``within``: regular files, and the folders
    they lie in.

    Raises:
        OSError: there is no such archive, or it cannot be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=within), "rb") as file:
        try:
            return evolve(list_files(file), archived=True)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise OSError(f"the archive {name} is damaged: {error}") from error


def list_files(source: BinaryIO) -> Listing:
    """What an archive holds, and the folders that it lies in.

    Raises:
        TarError, EOFError, zlib.error, OSError: it is damaged.
    """
    found: dict[str, ListedEntry] = {}
    complete = True
    with tarfile.open(fileobj=source, mode="r|gz") as archive:
        for member in archive:
            if len(found) >= LISTED_MAX:
                complete = False
                break
            path = member.name
            found[path] = ListedEntry(path, member.size, EntryKind.FILE)
            while "/" in path:
                path = path.rpartition("/")[0]
                found[path] = ListedEntry(path, 0, EntryKind.FOLDER)
    return Listing(tuple(found[path] for path in sorted(found)), complete=complete)


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
