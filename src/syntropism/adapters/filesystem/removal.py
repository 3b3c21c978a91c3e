"""Removing a folder that an agent built: of any depth, with any modes, and never beyond it."""

import os
import stat
import uuid

from syntropism.adapters.filesystem.descriptors import open_up, opened_folder


def remove_folder(name: str, parent: int) -> None:
    """Removes the folder ``name`` in ``parent`` and everything in it; nothing if it is not there.

    Folders found inside are first moved up next to it, so that neither depth nor the length of
    paths matters; a crash midway leaves folders that begin with ``name``, which the next call
    takes along.

    Raises:
        OSError: the host refuses.
    """
    waiting = [entry for entry in os.listdir(parent) if entry == name or _moved(entry, name)]
    while waiting:
        folder = waiting.pop()
        open_up(folder, parent)
        with opened_folder(folder, parent) as descriptor:
            for entry in os.listdir(descriptor):
                status = os.stat(entry, dir_fd=descriptor, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    moved = f"{name}.{uuid.uuid4().hex}"
                    open_up(entry, descriptor)
                    os.rename(entry, moved, src_dir_fd=descriptor, dst_dir_fd=parent)
                    waiting.append(moved)
                else:
                    os.unlink(entry, dir_fd=descriptor)
        os.rmdir(folder, dir_fd=parent)


def _moved(entry: str, name: str) -> bool:
    rest = entry.removeprefix(f"{name}.")
    return rest != entry and len(rest) == 32
