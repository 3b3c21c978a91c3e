"""The workspaces of this host as snapshots: packed, unpacked, and known for what they equal."""

import os
import re
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from syntropism.adapters.filesystem.descriptors import opened_folder, split_path
from syntropism.adapters.filesystem.listing import list_files
from syntropism.adapters.filesystem.locks import locked
from syntropism.adapters.filesystem.removal import remove_folder
from syntropism.adapters.filesystem.snapshot_archives import read_archive, read_file, write_archive
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.workspaces import Listing
from syntropism.domain.errors import Invalid
from syntropism.domain.identifiers import AgentId

VERSIONS: Final = "versions"
"""Where it is written what folders equal: beside them, out of the reach of agents."""

BYTES_MAX: Final = 256 * 1024 * 1024
"""Of all files together; far above what a window may leave."""

HELD_SECONDS_MAX: Final = 10.0

_AGENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TRACE: Final = re.compile(r"(?:\.(?:fresh|old)-)?agent-([A-Za-z0-9_-]{1,100})(?:\..+)?")
"""Anything of ours that tells of an agent: its folder, one that comes or goes, what is beside."""


class FilesystemSnapshotFolders:
    """Beside the folders ``root/agent-{id}`` of :class:`FilesystemWorkspaces`: their marks and
    locks. Several workers may share a ``root``."""

    def __init__(
        self, root: Path, owner: tuple[int, int] | None = None, bytes_max: int = BYTES_MAX
    ) -> None:
        self._root = Path(os.path.realpath(root))
        self._owner = owner
        self._bytes_max = bytes_max

    @contextmanager
    def held(self, agent_id: AgentId) -> Iterator[None]:
        """See the port; a lock of the kernel, which ends with the process."""
        with ExitStack() as stack:
            with self._guarded("lock", agent_id):
                lock = locked(self._beside(agent_id, ".lock"), HELD_SECONDS_MAX)
                had = stack.enter_context(lock)
            if not had:
                raise ProviderFailed(
                    f"the workspace of agent {agent_id} is in the hands of another attempt"
                )
            yield

    def standing(self, agent_id: AgentId) -> str | None:
        """See the port."""
        if not (self._root / _folder_name(agent_id)).is_dir():
            return ""
        try:
            return self._beside(agent_id).read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            return ""

    def mark(self, agent_id: AgentId, snapshot: str) -> None:
        """See the port."""
        with self._guarded("mark", agent_id):
            new = self._beside(agent_id, ".new")
            new.write_text(snapshot, "utf-8")
            os.replace(new, self._beside(agent_id))

    @contextmanager
    def scratch(self) -> Iterator[BinaryIO]:
        """See the port."""
        try:
            self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
            file = tempfile.TemporaryFile(dir=self._root)  # noqa: SIM115 it is yielded below
        except OSError as error:
            raise ProviderFailed(f"no room below {self._root}: {error.strerror}") from error
        with file:
            yield file

    def pack(self, agent_id: AgentId, target: BinaryIO) -> None:
        """See the port. Links, devices and what its agent closed are left out; of a file's
        rights only whether it is a program is kept, of its times nothing."""
        owner_uid = os.geteuid() if self._owner is None else self._owner[0]
        with (
            self._guarded("pack", agent_id),
            opened_folder(str(self._root)) as root,
            opened_folder(_folder_name(agent_id), root) as folder,
        ):
            write_archive(folder, target, owner_uid, self._bytes_max)
        target.flush()

    def unpack(self, agent_id: AgentId, source: BinaryIO) -> None:
        """See the port. What is there is replaced in one step, once all has been unpacked."""
        name = _folder_name(agent_id)
        fresh = f".fresh-{name}"
        with self._guarded("unpack", agent_id):
            self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
            with opened_folder(str(self._root)) as root:
                remove_folder(fresh, root)
                os.mkdir(fresh, mode=0o755, dir_fd=root)
                try:
                    with opened_folder(fresh, root) as folder:
                        os.fchmod(folder, 0o755)
                        read_archive(folder, source, self._hand_over, self._bytes_max)
                        self._hand_over(folder)
                except BaseException:
                    remove_folder(fresh, root)
                    raise
                self._take_away(name, root)
                os.rename(fresh, name, src_dir_fd=root, dst_dir_fd=root)

    def listed(self, source: BinaryIO) -> Listing:
        """See the port."""
        with self._guarded("look into"):
            return list_files(source)

    def read(self, source: BinaryIO, path: str, bytes_max: int) -> bytes:
        """See the port."""
        split_path(path)
        with self._guarded("read from"):
            return read_file(source, path, bytes_max)

    def clear(self, agent_id: AgentId) -> None:
        """See the port."""
        with self._guarded("clear", agent_id):
            self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
            with opened_folder(str(self._root)) as root:
                self._take_away(_folder_name(agent_id), root)

    def standings(self, older_than_seconds: float = 0) -> dict[AgentId, str | None]:
        """See the port."""
        with self._guarded("look for"):
            self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
            touched: dict[AgentId, float] = {}
            for folder in (self._root, self._root / VERSIONS):
                for entry in os.scandir(folder):
                    known = _TRACE.fullmatch(entry.name)
                    with suppress(FileNotFoundError):
                        if known is not None:
                            whose = AgentId(known[1])
                            changed = entry.stat(follow_symlinks=False).st_mtime
                            touched[whose] = max(changed, touched.get(whose, changed))
        latest = time.time() - older_than_seconds
        return {
            one: self.standing(one)
            for one, moment in touched.items()
            if moment <= latest or not older_than_seconds
        }

    def sweep(self, agent_id: AgentId, snapshot: str | None) -> bool:
        """See the port. The folder goes before its mark, and the lock last: killed in between,
        what is left stands for nothing, and is found again."""
        name = _folder_name(agent_id)
        with self._guarded("sweep", agent_id):
            lock = self._beside(agent_id, ".lock")
            with locked(lock, 0) as had:
                if not had or self.standing(agent_id) != snapshot:
                    return False
                with opened_folder(str(self._root)) as root:
                    self._take_away(name, root)
                    remove_folder(f".fresh-{name}", root)
                for ending in ("", ".new", ".lock"):
                    self._beside(agent_id, ending).unlink(missing_ok=True)
                return True

    def _take_away(self, name: str, root: int) -> None:
        trash = f".old-{name}"
        remove_folder(trash, root)
        try:
            os.rename(name, trash, src_dir_fd=root, dst_dir_fd=root)
        except FileNotFoundError:
            return
        remove_folder(trash, root)

    def _hand_over(self, descriptor: int) -> None:
        if self._owner is not None:
            os.fchown(descriptor, *self._owner)

    def _beside(self, agent_id: AgentId, ending: str = "") -> Path:
        return self._root / VERSIONS / f"{_folder_name(agent_id)}{ending}"

    @contextmanager
    def _guarded(self, deed: str, agent_id: AgentId | None = None) -> Iterator[None]:
        what = f"the workspace of agent {agent_id}" if agent_id else "workspaces"
        try:
            os.makedirs(self._root / VERSIONS, mode=0o700, exist_ok=True)
            yield
        except (tarfile.TarError, EOFError, zlib.error, Invalid) as error:
            raise ProviderFailed(
                f"cannot {deed} {what}: the snapshot is damaged: {error}"
            ) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderFailed(f"cannot {deed} {what} below {self._root}: {reason}") from error


def _folder_name(agent_id: AgentId) -> str:
    if not _AGENT_ID.fullmatch(agent_id):
        raise Invalid("not an agent id", field="agent_id")
    return f"agent-{agent_id}"
