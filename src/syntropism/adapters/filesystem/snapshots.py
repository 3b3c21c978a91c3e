"""The workspaces of this host as snapshots: packed, unpacked, and known for what they equal."""

import fcntl
import gzip
import os
import re
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from syntropism.adapters.filesystem.descriptors import opened_file, opened_folder, split_path
from syntropism.adapters.filesystem.removal import remove_folder
from syntropism.adapters.filesystem.walking import ENTRIES_MAX, regular_files
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.snapshots import Overfull
from syntropism.domain.errors import Invalid
from syntropism.domain.identifiers import AgentId

VERSIONS: Final = "versions"
"""Where it is written what folders equal: beside them, out of the reach of agents."""

BYTES_MAX: Final = 256 * 1024 * 1024
"""Of all files together; far above what a window may leave."""

HELD_SECONDS_MAX: Final = 10.0
LOOK_SECONDS: Final = 0.05
PIECE: Final = 1 << 20

_AGENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


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
        with self._guarded("lock", agent_id):
            descriptor = os.open(
                self._beside(agent_id, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        try:
            until = time.monotonic() + HELD_SECONDS_MAX
            while not _locked(descriptor):
                if time.monotonic() >= until:
                    raise ProviderFailed(
                        f"the workspace of agent {agent_id} is in the hands of another attempt"
                    )
                time.sleep(LOOK_SECONDS)
            yield
        finally:
            os.close(descriptor)

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
            entries = regular_files(folder)
            size = sum(entry.size for entry in entries)
            if len(entries) >= ENTRIES_MAX:
                raise Overfull(f"it holds {ENTRIES_MAX} files or more")
            if size > self._bytes_max:
                raise Overfull(f"it holds {size} bytes, and {self._bytes_max} are the most")
            with (
                gzip.GzipFile("", "wb", compresslevel=1, fileobj=target, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                for entry in entries:
                    _add(tar, entry.path, folder, owner_uid)
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
                        self._fill(folder, source)
                        self._hand_over(folder)
                except BaseException:
                    remove_folder(fresh, root)
                    raise
                self._take_away(name, root)
                os.rename(fresh, name, src_dir_fd=root, dst_dir_fd=root)

    def clear(self, agent_id: AgentId) -> None:
        """See the port."""
        with self._guarded("clear", agent_id):
            self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
            with opened_folder(str(self._root)) as root:
                self._take_away(_folder_name(agent_id), root)

    def _take_away(self, name: str, root: int) -> None:
        trash = f".old-{name}"
        remove_folder(trash, root)
        try:
            os.rename(name, trash, src_dir_fd=root, dst_dir_fd=root)
        except FileNotFoundError:
            return
        remove_folder(trash, root)

    def _fill(self, folder: int, source: BinaryIO) -> None:
        files = size = 0
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            for member in tar:
                files += 1
                size += member.size
                if not member.isreg() or member.issparse():
                    raise ProviderFailed(f"the snapshot holds {member.name!r}, no regular file")
                if files > ENTRIES_MAX or size > self._bytes_max:
                    raise ProviderFailed("the snapshot holds more than a workspace may")
                content = tar.extractfile(member)
                assert content is not None
                program = bool(member.mode & 0o100)
                self._write(folder, split_path(member.name), content.read, program=program)

    def _write(
        self, folder: int, parts: list[str], read: Callable[[int], bytes], *, program: bool
    ) -> None:
        if len(parts) > 1:
            with suppress(FileExistsError):
                os.mkdir(parts[0], mode=0o755, dir_fd=folder)
            with opened_folder(parts[0], folder) as inner:
                self._hand_over(inner)
                self._write(inner, parts[1:], read, program=program)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(parts[0], flags, 0o644, dir_fd=folder), "wb") as file:
            while piece := read(PIECE):
                file.write(piece)
            os.fchmod(file.fileno(), 0o755 if program else 0o644)
            self._hand_over(file.fileno())

    def _hand_over(self, descriptor: int) -> None:
        if self._owner is not None:
            os.fchown(descriptor, *self._owner)

    def _beside(self, agent_id: AgentId, ending: str = "") -> Path:
        return self._root / VERSIONS / f"{_folder_name(agent_id)}{ending}"

    @contextmanager
    def _guarded(self, deed: str, agent_id: AgentId) -> Iterator[None]:
        try:
            os.makedirs(self._root / VERSIONS, mode=0o700, exist_ok=True)
            yield
        except (tarfile.TarError, EOFError, zlib.error, Invalid) as error:
            raise ProviderFailed(
                f"cannot {deed} the workspace of agent {agent_id}: the snapshot is damaged: {error}"
            ) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderFailed(
                f"cannot {deed} the workspace of agent {agent_id} below {self._root}: {reason}"
            ) from error


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder_name(agent_id: AgentId) -> str:
    if not _AGENT_ID.fullmatch(agent_id):
        raise Invalid("not an agent id", field="agent_id")
    return f"agent-{agent_id}"


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
