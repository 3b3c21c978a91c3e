"""How much an agent keeps in its workspace."""

import os
import stat
from pathlib import Path
from typing import Final

from attrs import frozen

DEPTH_MAX: Final = 32
"""Folders in folders, at most; what lies deeper counts as too many files."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@frozen(slots=True)
class WorkspaceUsage:
    """Bytes of regular files, and the number of entries of any kind, folders included."""

    size: int
    files: int


def measure(workspace: Path, files_max: int) -> WorkspaceUsage:
    """What is in ``workspace``, without following a single link.

    The walk stops when it has seen more than ``files_max`` entries: the count is then above
    ``files_max`` and the bytes are those seen. What vanishes meanwhile is not counted.
    """
    try:
        descriptor = os.open(workspace, _FOLDER)
    except FileNotFoundError:
        return WorkspaceUsage(0, 0)
    try:
        return _walk(descriptor, files_max, DEPTH_MAX)
    finally:
        os.close(descriptor)


def _walk(descriptor: int, files_max: int, depth: int) -> WorkspaceUsage:
    size = files = 0
    if depth == 0:
        return WorkspaceUsage(0, files_max + 1)
    folders = []
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                files += 1
                if files > files_max:
                    return WorkspaceUsage(size, files)
                status = _lstat(entry.name, descriptor)
                if status is None:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.name)
                elif stat.S_ISREG(status.st_mode):
                    size += status.st_size
    except OSError:  # a folder the agent closed to itself, or removed while we read
        return WorkspaceUsage(size, files)
    for name in folders:
        try:
            below = os.open(name, _FOLDER, dir_fd=descriptor)
        except OSError:
            continue
        try:
            inside = _walk(below, files_max - files, depth - 1)
        finally:
            os.close(below)
        size += inside.size
        files += inside.files
        if files > files_max:
            break
    return WorkspaceUsage(size, files)


def _lstat(name: str, descriptor: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError:
        return None
