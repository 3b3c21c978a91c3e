"""Packing a workspace away."""

import os
import tarfile
import time

from syntropism.adapters.filesystem.descriptors import opened_file
from syntropism.adapters.filesystem.walking import regular_files


def pack(workspace: int, name: str, archive: int, owner_uid: int) -> None:
    """Writes the regular files of ``workspace`` to ``name`` (tar.gz) in the folder ``archive``,
    completely or not at all; readable by the owner of the process alone.

    Raises:
        OSError: the host cannot store it.
    """
    temporary = f".{name}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=archive), "wb") as target:
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as tar:
            for entry in regular_files(workspace):
                _add(tar, entry.path, workspace, owner_uid)
        target.flush()
        os.fsync(target.fileno())
    os.rename(temporary, name, src_dir_fd=archive, dst_dir_fd=archive)


def _add(tar: tarfile.TarFile, path: str, workspace: int, owner_uid: int) -> None:
    try:
        with (
            opened_file(path.split("/"), workspace, owner_uid) as (descriptor, size),
            os.fdopen(os.dup(descriptor), "rb") as content,
        ):
            status = os.fstat(descriptor)
            member = tarfile.TarInfo(path)
            member.size = size
            member.mode = status.st_mode & 0o777
            member.mtime = min(int(status.st_mtime), int(time.time()))
            tar.addfile(member, content)
    except (FileNotFoundError, PermissionError):
        return  # not a regular file any more, or one that its agent closed
