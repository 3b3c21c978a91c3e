"""What lies in a workspace: regular files only, in order, bounded."""

import os
import stat
from collections.abc import Iterator
from typing import Final

from syntropism.adapters.filesystem.descriptors import DEPTH_MAX, opened_folder
from syntropism.application.ports.workspaces import WorkspaceEntry

ENTRIES_MAX: Final = 10_000
"""Regular files told of, at most."""

LOOKED_AT_MAX: Final = 50_000
"""Entries of any kind looked at, at most."""


def regular_files(root: int) -> list[WorkspaceEntry]:
    """The regular files below the descriptor ``root``, ordered by path. Folders that cannot be
    opened, names that are not UTF-8, and whatever is deeper than ``DEPTH_MAX``, are left out."""
    found: list[WorkspaceEntry] = []
    for looked_at, entry in enumerate(_walk(root, "", DEPTH_MAX)):
        if isinstance(entry, WorkspaceEntry):
            found.append(entry)
        if len(found) >= ENTRIES_MAX or looked_at >= LOOKED_AT_MAX:
            break
    return sorted(found, key=lambda entry: entry.path)


def _walk(folder: int, prefix: str, depth: int) -> Iterator[WorkspaceEntry | None]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in sorted(names):
        try:
            name.encode()
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (OSError, UnicodeEncodeError):
            yield None
            continue
        if stat.S_ISREG(status.st_mode):
            yield WorkspaceEntry(prefix + name, status.st_size)
            continue
        yield None
        if stat.S_ISDIR(status.st_mode) and depth > 1:
            try:
                with opened_folder(name, folder) as inner:
                    yield from _walk(inner, f"{prefix}{name}/", depth - 1)
            except OSError:
                continue
