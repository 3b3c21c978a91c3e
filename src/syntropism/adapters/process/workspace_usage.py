"""How much an agent keeps in its workspace."""

import os
import stat
from pathlib import Path
from typing import Final

from syntropism.application.ports.window_files import WorkspaceUsage

DEPTH_MAX: Final = 32
"""Folders in folders, at most; what lies deeper counts as too many files."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def measure(workspace: Path, files_max: int) -> WorkspaceUsage:
    """What is in ``workspace``, without following a single link.

    The walk stops when it has seen more than ``files_max`` entries: the count is then above
    ``files_max`` and the bytes are those seen. What vanishes meanwhile is not counted; folders
    that their agent closed are opened again, or they would hide what is in them.
    """
    descriptor = _open_folder(str(workspace), None)
    if descriptor is None:
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
    except OSError:  # removed while we read
        return WorkspaceUsage(size, files)
    for name in folders:
        below = _open_folder(name, descriptor)
        if below is None:
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


def open_up(workspace: Path) -> bool:
    """Gives the agent's folder back the rights that its owner may have taken from itself;
    whether there is such a folder at all."""
    descriptor = _open_folder(str(workspace), None)
    if descriptor is None:
        return False
    try:
        mode = os.fstat(descriptor).st_mode
        if mode & 0o700 != 0o700:
            os.fchmod(descriptor, stat.S_IMODE(mode) | 0o700)
    finally:
        os.close(descriptor)
    return True


def _open_folder(name: str, within: int | None) -> int | None:
    try:
        return os.open(name, _FOLDER, dir_fd=within)
    except PermissionError:
        return _open_closed_folder(name, within)
    except OSError:
        return None


def _open_closed_folder(name: str, within: int | None) -> int | None:
    try:
        seen = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    except OSError:
        return None
    try:
        os.chmod(f"/proc/self/fd/{seen}", 0o700)
        return os.open(f"/proc/self/fd/{seen}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    finally:
        os.close(seen)


def _lstat(name: str, descriptor: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError:
        return None
