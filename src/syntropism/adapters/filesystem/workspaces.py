"""One folder per agent below one root, on this host."""

import errno
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from syntropism.adapters.filesystem.archiving import pack
from syntropism.adapters.filesystem.descriptors import (
    open_up,
    opened_file,
    opened_folder,
    read_bytes,
    split_path,
)
from syntropism.adapters.filesystem.listing import list_archive, list_folder
from syntropism.adapters.filesystem.removal import remove_folder
from syntropism.adapters.filesystem.walking import regular_files
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.workspaces import Listing, WorkspaceEntry
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AgentId

ARCHIVE: Final = "archive"
EXECUTABLE: Final = "run"
"""The one file that an agent may bring as its own program; stored executable."""

_AGENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_ARCHIVE_NAME: Final = re.compile(r"agent-([A-Za-z0-9_-]{1,100})\.tar\.gz")


class FilesystemWorkspaces:
    """Workspaces ``root/agent-{id}``; archives ``root/archive/agent-{id}.tar.gz``.

    ``owner`` is the uid and gid that agents run with, if it is not our own. Used in place: on
    a single host there is one version, the present one.
    """

    def __init__(self, root: Path, owner: tuple[int, int] | None = None) -> None:
        self._root = Path(os.path.realpath(root))
        self._owner = owner

    def checkout(self, agent_id: AgentId, initial: Mapping[str, bytes]) -> Path:
        """The agent's folder, made if it is not there; see the port."""
        name = _folder_name(agent_id)
        with self._stored(f"store the workspace of agent {agent_id}"), self._open_root() as root:
            if not _is_folder(name, root):
                self._make(name, root, initial)
        return self._root / name

    def entries(self, agent_id: AgentId) -> tuple[WorkspaceEntry, ...]:
        """The regular files, ordered by path; see the port."""
        try:
            with self._open_workspace(agent_id) as workspace:
                return tuple(regular_files(workspace))
        except OSError:
            return ()

    def listing(self, agent_id: AgentId) -> Listing:
        """Everything there, or in its archive; see the port."""
        try:
            with self._open_workspace(agent_id) as workspace:
                return list_folder(workspace)
        except FileNotFoundError:
            return self._archived(f"{_folder_name(agent_id)}.tar.gz")
        except OSError:  # its agent closed it, or planted something in its place
            return Listing((), complete=False)

    def _archived(self, name: str) -> Listing:
        try:
            with opened_folder(str(self._root)) as root, opened_folder(ARCHIVE, root) as archive:
                return list_archive(name, archive)
        except FileNotFoundError:
            return Listing(())
        except OSError:
            return Listing((), archived=True, complete=False)

    def usage(self, agent_id: AgentId) -> tuple[int, int]:
        """Bytes and number of the regular files, as ``entries`` tells of them."""
        entries = self.entries(agent_id)
        return sum(entry.size for entry in entries), len(entries)

    def read(self, agent_id: AgentId, path: str, bytes_max: int) -> bytes:
        """The first bytes of a regular file; see the port."""
        parts = split_path(path)
        owner_uid = os.geteuid() if self._owner is None else self._owner[0]
        try:
            with (
                self._open_workspace(agent_id) as workspace,
                opened_file(parts, workspace, owner_uid) as (descriptor, _),
            ):
                return read_bytes(descriptor, bytes_max)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.EIO):
                raise ProviderFailed(f"cannot read a workspace: {error.strerror}") from error
            raise NotFound("no such file in the workspace", path=path) from error

    def archive(self, agent_id: AgentId) -> None:
        """Packs the folder away and removes it; see the port.

        The packed file is in place before anything is removed, and what is being removed has
        another name: a crash at any point leaves either the folder or the archive whole.
        """
        name = _folder_name(agent_id)
        trash = f".dead-{name}"
        owner_uid = os.geteuid() if self._owner is None else self._owner[0]
        with self._stored(f"archive the workspace of agent {agent_id}"), self._open_root() as root:
            if _is_folder(name, root):
                os.makedirs(self._root / ARCHIVE, mode=0o700, exist_ok=True)
                with opened_folder(ARCHIVE, root) as archive, opened_folder(name, root) as folder:
                    pack(folder, f"{name}.tar.gz", archive, owner_uid)
                remove_folder(trash, root)
                os.rename(name, trash, src_dir_fd=root, dst_dir_fd=root)
            remove_folder(trash, root)

    def archived(self) -> tuple[AgentId, ...]:
        """Whose archives lie here; see the port."""
        with self._stored("look for archives"):
            try:
                names = os.listdir(self._root / ARCHIVE)
            except FileNotFoundError:
                return ()
        found = (_ARCHIVE_NAME.fullmatch(name) for name in names)
        return tuple(sorted(AgentId(one[1]) for one in found if one is not None))

    def forget(self, agent_id: AgentId) -> None:
        """Removes the archive; see the port."""
        name = f"{_folder_name(agent_id)}.tar.gz"
        with self._stored(f"remove the archive of agent {agent_id}"), suppress(FileNotFoundError):
            os.unlink(self._root / ARCHIVE / name)

    def _make(self, name: str, root: int, initial: Mapping[str, bytes]) -> None:
        temporary = f".new-{uuid.uuid4().hex}"
        os.mkdir(temporary, mode=0o755, dir_fd=root)
        try:
            with opened_folder(temporary, root) as folder:
                os.fchmod(folder, 0o755)
                for path, content in sorted(initial.items()):
                    self._write(folder, split_path(path), content)
                self._hand_over(folder)
            try:
                os.rename(temporary, name, src_dir_fd=root, dst_dir_fd=root)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                remove_folder(temporary, root)  # somebody else was faster
        except BaseException:
            remove_folder(temporary, root)
            raise

    def _write(self, folder: int, parts: list[str], content: bytes) -> None:
        if len(parts) > 1:
            with suppress(FileExistsError):
                os.mkdir(parts[0], mode=0o755, dir_fd=folder)
            with opened_folder(parts[0], folder) as inner:
                self._hand_over(inner)
                self._write(inner, parts[1:], content)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(parts[0], flags, 0o644, dir_fd=folder), "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o755 if parts[0] == EXECUTABLE else 0o644)
            self._hand_over(file.fileno())

    def _hand_over(self, descriptor: int) -> None:
        if self._owner is not None:
            os.fchown(descriptor, *self._owner)

    @contextmanager
    def _open_root(self) -> Iterator[int]:
        self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
        with opened_folder(str(self._root)) as root:
            yield root

    @contextmanager
    def _open_workspace(self, agent_id: AgentId) -> Iterator[int]:
        with (
            opened_folder(str(self._root)) as root,
            opened_folder(_folder_name(agent_id), root) as workspace,
        ):
            yield workspace

    @contextmanager
    def _stored(self, deed: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderFailed(f"cannot {deed} below {self._root}: {reason}") from error


def _folder_name(agent_id: AgentId) -> str:
    if not _AGENT_ID.fullmatch(agent_id):
        raise Invalid("not an agent id", field="agent_id")
    return f"agent-{agent_id}"


def _is_folder(name: str, root: int) -> bool:
    try:
        open_up(name, root)
    except FileNotFoundError:
        return False
    return True
