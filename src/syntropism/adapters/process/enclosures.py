"""Where an agent runs: what it sees of the host, and by which command it is started."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from attrs import frozen

from syntropism.adapters.process.furniture import Furniture
from syntropism.adapters.process.interpreter import Interpreter
from syntropism.adapters.process.run_folder import RunFolder

LOOPBACK_PORT: Final = 8000
"""Where the System Service answers inside a network namespace of its own."""

SANDBOX_UID: Final = 10001
"""Who agents are when the worker is root."""

_SYSTEM_FOLDERS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC: Final = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
_ETC_OWN: Final = ("passwd", "group", "hosts", "nsswitch.conf")
_CERTIFICATES: Final = "/etc/ssl/certs"
_NIX_STORE: Final = "/nix/store"


@frozen(slots=True, kw_only=True)
class Layout:
    """Paths and addresses as the agent sees them. ``temporary_on_disk``: temporary files lie in
    the run folder on the host, not in memory. ``port`` is for the launcher: where it must
    open the loopback listener itself (0: it need not)."""

    workspace: str
    env_json: str
    socket: str
    system: str
    temporary: str
    temporary_on_disk: bool
    service: str
    port: int


class Enclosure(Protocol):
    """One way to run an agent."""

    @property
    def isolated(self) -> bool:
        """Whether agents are kept from the host."""
        ...

    @property
    def filtered(self) -> bytes | None:
        """The filter of system calls, if there is one."""
        ...

    def layout(self, folder: RunFolder, workspace: Path) -> tuple[Layout, socket.socket | None]:
        """What the agent sees; and the loopback listener, when the host opens it."""
        ...

    def command(
        self, folder: RunFolder, workspace: Path, shown: Sequence[tuple[Path, str]] = ()
    ) -> list[str]:
        """What to start, up to the launcher's arguments. ``shown`` are further things of the
        host to be seen inside, read-only, and where."""
        ...


@frozen(slots=True)
class Bare:
    """No enclosure at all: agents see the host. For trusted agents only."""

    interpreter: Interpreter
    furniture: Furniture
    isolated: bool = False
    filtered: bytes | None = None

    def layout(self, folder: RunFolder, workspace: Path) -> tuple[Layout, socket.socket | None]:
        """Host paths, and a loopback port of its own for each window."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        layout = Layout(
            workspace=str(workspace),
            env_json=str(folder.env_json),
            socket=str(folder.socket),
            system=str(self.furniture.system),
            temporary=str(folder.temporary),
            temporary_on_disk=True,
            service=f"http://127.0.0.1:{listener.getsockname()[1]}",
            port=0,
        )
        return layout, listener

    def command(
        self, folder: RunFolder, workspace: Path, shown: Sequence[tuple[Path, str]] = ()
    ) -> list[str]:
        """The launcher, directly."""
        del folder, workspace, shown
        return [str(self.interpreter.executable), "-I", "-S", "-B", str(self.furniture.launcher)]


@frozen(slots=True, kw_only=True)
class Bubblewrap:
    """Namespaces of its own: no network, read-only root, nothing of the host but Python.

    As root no user namespace is made (the launcher gives up root itself, to ``SANDBOX_UID``);
    otherwise one is, and within it no other. ``temporary_bytes_max``
    caps each temporary file system in memory; with none (a bubblewrap that cannot cap them)
    a folder of the host is bound instead.
    """

    program: str
    interpreter: Interpreter
    furniture: Furniture
    root: bool
    nested_users_off: bool
    temporary_bytes_max: int | None
    filtered: bytes | None = None
    isolated: bool = True

    def layout(self, folder: RunFolder, workspace: Path) -> tuple[Layout, socket.socket | None]:
        """The same for every agent."""
        del folder, workspace
        layout = Layout(
            workspace="/workspace",
            env_json="/run/syntropism/env.json",
            socket="/run/syntropism/service.sock",
            system="/system",
            temporary="/tmp",
            temporary_on_disk=self.temporary_bytes_max is None,
            service=f"http://127.0.0.1:{LOOPBACK_PORT}",
            port=LOOPBACK_PORT,
        )
        return layout, None

    def command(
        self, folder: RunFolder, workspace: Path, shown: Sequence[tuple[Path, str]] = ()
    ) -> list[str]:
        """bubblewrap with every mount, then the launcher."""
        command = [self.program, *self._namespaces(), "--die-with-parent"]
        command += ["--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev"]
        if self.temporary_bytes_max is None:
            command += ["--bind", str(folder.temporary), "/tmp"]
        else:
            size = str(self.temporary_bytes_max)
            command += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"]
            command += ["--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"]
        command += ["--remount-ro", "/dev"]
        command += _folders("/etc/ssl", "/run/syntropism")
        command += _folders(*(str(Path(target).parent) for _, target in shown))
        command += self._system_mounts()  # after /tmp: Python may be installed in there
        command += ["--bind", str(workspace), "/workspace"]
        for source, target in (
            (folder.env_json, "/run/syntropism/env.json"),
            (folder.socket, "/run/syntropism/service.sock"),
            (self.furniture.launcher, "/run/syntropism/launcher.py"),
            (self.furniture.system, "/system"),
            *shown,
        ):
            command += ["--ro-bind", str(source), target]
        command += ["--remount-ro", "/", "--chdir", "/", "--"]
        python = str(self.interpreter.executable)
        return [*command, python, "-I", "-S", "-B", "/run/syntropism/launcher.py"]

    def _namespaces(self) -> list[str]:
        spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
        spaces.append("--unshare-cgroup-try")
        if not self.root:
            spaces.append("--unshare-user")
            if self.nested_users_off:
                spaces.append("--disable-userns")
        return spaces

    def _system_mounts(self) -> list[str]:
        mounts = ["--ro-bind", "/usr", "/usr"]
        for name in _SYSTEM_FOLDERS:
            system = Path("/") / name
            if system.is_symlink():
                mounts += ["--symlink", str(system.readlink()), str(system)]
            elif system.is_dir():
                mounts += ["--ro-bind", str(system), str(system)]
        for name in _ETC:
            mounts += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        for path in (_CERTIFICATES, _NIX_STORE):
            mounts += ["--ro-bind-try", path, path]
        for name in _ETC_OWN:
            mounts += ["--ro-bind", str(self.furniture.etc / name), f"/etc/{name}"]
        prefix = self.interpreter.prefix
        for folder in (prefix, self.interpreter.executable.parent.parent):
            if not folder.is_relative_to("/usr") and str(folder) not in mounts:
                mounts += [*_folders(str(folder.parent)), "--ro-bind", str(folder), str(folder)]
        return mounts


def _folders(*paths: str) -> list[str]:
    """Makes each folder and those above it, open to all: on its own, bubblewrap lets only
    root into the folders it has to make for a mount."""
    made: list[str] = []
    for path in paths:
        for folder in reversed((Path(path), *Path(path).parents)):
            if folder != Path("/"):
                made += ["--dir", str(folder)]
    return made
