"""The run folder of one window: its socket, its ``env.json`` and a record of its processes."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.process.procfs import start_ticks
from syntropism.application.ports.sandbox import ProviderFailed

RECORD: Final = "record.json"
BESIDE: Final = "beside"
"""Tells where the short folder is, for successors of a worker that crashed."""
SOCKET_PATH_MAX: Final = 100
"""A Unix socket's path may have 107 bytes; longer ones are moved to a short folder."""


@frozen(slots=True)
class RunFolder:
    """Where the files of one window are on the host."""

    path: Path
    socket: Path
    temporary: Path

    @property
    def env_json(self) -> Path:
        """The read-only description of the window."""
        return self.path / "env.json"

    @property
    def debug(self) -> Path:
        """The socket that leads to the debugger."""
        return self.socket.with_name("debug.sock")

    def place(self, script: Path) -> Path:
        """A copy of a script of ours, readable by all."""
        copy = self.path / script.name
        shutil.copyfile(script, copy)
        copy.chmod(0o444)
        return copy

    def write_env(self, document: Mapping[str, Any]) -> bytes:
        """Writes ``env.json``, readable by all and writable by none; returns its content."""
        content = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
        descriptor = os.open(self.env_json, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o444)
            file.write(content)
        return content


def record_processes(folder: Path, *pids: int) -> None:
    """Notes the worker and what it runs in ``folder``, for its successors if it crashes."""
    processes = {str(pid): start_ticks(pid) for pid in (os.getpid(), *pids)}
    temporary = folder / f"{RECORD}.new"
    temporary.write_text(json.dumps({"worker": os.getpid(), "processes": processes}))
    temporary.rename(folder / RECORD)


@contextmanager
def run_folder(root: Path, name: str, owner: Callable[[Path], None]) -> Iterator[RunFolder]:
    """A fresh folder ``root/name-…`` for one window, removed in the end.

    Raises:
        ProviderFailed: the host cannot make it.
    """
    made: list[Path] = []
    try:
        try:
            folder = _make(root, name, owner, made)
        except OSError as error:
            reason = f"{error.strerror or error}"
            raise ProviderFailed(f"cannot make a run folder below {root}: {reason}") from error
        yield folder
    finally:
        for path in made:
            remove(path)


def _make(root: Path, name: str, owner: Callable[[Path], None], made: list[Path]) -> RunFolder:
    """Makes it, noting in ``made`` what there is to remove however far it got."""
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
    made.append(path)
    path.chmod(0o711)  # the agent reaches what it knows the name of, when there is no bwrap
    record_processes(path)
    socket = path / "service.sock"
    if len(os.fsencode(socket)) > SOCKET_PATH_MAX:
        short = Path(tempfile.gettempdir()) / f"syntropism-{token_hex(4)}"
        (path / BESIDE).write_text(str(short))
        short.mkdir(0o700)  # ours, or it fails
        made.append(short)
        short.chmod(0o711)
        socket = short / "service.sock"
    temporary = path / "tmp"
    temporary.mkdir(mode=0o700)
    owner(temporary)
    return RunFolder(path, socket, temporary)


def remove(folder: Path) -> None:
    """Removes a run folder, as far as the host lets us; agents may have built in it."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # too deep for Python, or closed by its agent
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(folder)], check=False, capture_output=True)


def remove_abandoned(folder: Path) -> None:
    """Removes the run folder of a worker that is gone, and the short one beside it."""
    with suppress(OSError):
        remove(Path((folder / BESIDE).read_text()))
    remove(folder)


def place_copy(workspace: Path, content: bytes, owner: tuple[int, int] | None) -> None:
    """Puts a copy of ``env.json`` into the workspace, whatever the agent planted there.

    A name that cannot be replaced (a folder called ``env.json``) stays: the copy is a courtesy.

    Raises:
        OSError: the host cannot write.
    """
    folder = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    name = f".env.json.{os.getpid()}.{time.monotonic_ns()}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(name, flags, 0o444, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, 0o444)
            if owner is not None:
                os.fchown(descriptor, *owner)
        try:
            os.rename(name, "env.json", src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)


def abandoned(root: Path, older_than_seconds: float) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Run folders whose worker is gone, with what their record says (nothing if unreadable)."""
    if not root.is_dir():
        return
    for path in sorted(root.iterdir()):
        document: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            document = json.loads((path / RECORD).read_text())
        with suppress(OSError):
            age = time.time() - path.stat().st_mtime
            if age >= older_than_seconds and path.is_dir() and not _worker_lives(document):
                yield path, document


def _worker_lives(document: dict[str, Any]) -> bool:
    worker = document.get("worker", 0)
    since = document.get("processes", {}).get(str(worker))
    return since is not None and start_ticks(worker) == since
