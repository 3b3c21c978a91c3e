"""A container's control group as the kernel accounts for it, version 1 and 2.

The files are opened while the container lives and read through to its very end: Docker's own
statistics read zero once it has exited.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from syntropism.application.ports.sandbox import ProviderFailed

READ_BYTES_MAX: Final = 8192
_V1: Final = ("cpuacct", "memory")


@frozen(slots=True)
class Usage:
    """CPU burnt so far, the most memory held at once so far, processes killed for memory."""

    cpu_ms: int
    memory_peak_bytes: int
    out_of_memory: int


class ContainerMeter:
    """Reads the accounts of the container whose first process is ``pid`` on this host."""

    def __init__(self, pid: int) -> None:
        """Raises ProviderFailed when its control group cannot be read."""
        self._descriptors: list[int] = []
        self._last = Usage(0, 0, 0)
        try:
            folders = find_folders(pid)
            unified = "" in folders
            cpu = folders["" if unified else "cpuacct"]
            memory = folders["" if unified else "memory"]
            self._unified = unified
            self._cpu = self._open(cpu / ("cpu.stat" if unified else "cpuacct.usage"))
            self._events = self._open(
                memory / ("memory.events" if unified else "memory.oom_control")
            )
            self._memory = self._open_first(
                memory,
                ("memory.peak", "memory.current") if unified else ("memory.max_usage_in_bytes",),
            )
            self._last = self._read_all()
        except (OSError, KeyError, ValueError) as error:
            self.close()
            raise ProviderFailed(
                f"cannot read a container's control group: {error}; the daemon must run on this "
                "machine, and the worker must see its processes"
            ) from None

    def _open(self, path: Path) -> int:
        self._descriptors.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        return self._descriptors[-1]

    def _open_first(self, folder: Path, names: tuple[str, ...]) -> int:
        for name in names:
            with suppress(FileNotFoundError):  # memory.peak came with Linux 5.19
                return self._open(folder / name)
        raise FileNotFoundError(f"{folder}/{names[0]}")

    def sample(self) -> Usage:
        """What is used now; once the group is gone, what was used when last seen."""
        last = self._last
        try:
            now = self._read_all()
        except (OSError, ValueError):
            return last
        self._last = Usage(
            max(now.cpu_ms, last.cpu_ms),
            max(now.memory_peak_bytes, last.memory_peak_bytes),
            max(now.out_of_memory, last.out_of_memory),
        )
        return self._last

    def _read_all(self) -> Usage:
        if self._unified:
            cpu_ms = _entry(_read(self._cpu), "usage_usec") // 1_000
        else:
            cpu_ms = int(_read(self._cpu)) // 1_000_000
        # Kernels before 4.13 do not count kills; the daemon's own word is taken too.
        killed = _entry(_read(self._events), "oom_kill", otherwise=0)
        return Usage(cpu_ms, int(_read(self._memory)), killed)

    def close(self) -> None:
        """Lets go of the files."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def find_folders(pid: int, proc: Path = Path("/proc")) -> dict[str, Path]:
    """Where the groups of ``pid`` are on this host, by controller (``""``: all, version 2).

    Raises:
        OSError: the process, or its groups, cannot be seen from here.
    """
    paths: dict[str, str] = {}
    for line in (proc / str(pid) / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update((controller, path) for controller in controllers.split(","))
    folders: dict[str, Path] = {}
    unified: Path | None = None
    for line in (proc / "self" / "mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        root, mount = fields.split(" ")[3:5]
        if kind == "cgroup2" and "" in paths:
            unified = _below(Path(mount), root, paths[""])
        elif kind == "cgroup":
            for name in set(options.split(" ")[-1].split(",")) & set(_V1):
                folders.setdefault(name, _below(Path(mount), root, paths[name]))
    if len(folders) == len(_V1):
        return folders
    if unified is not None:
        return {"": unified}
    raise FileNotFoundError(f"no control groups of process {pid}")


def _below(mount: Path, root: str, path: str) -> Path:
    """``path`` of the hierarchy, of which ``mount`` shows ``root`` and what is below."""
    inner = path[len(root) :] if root != "/" and path.startswith(root) else path
    return mount / inner.lstrip("/")


def _read(descriptor: int) -> bytes:
    return os.pread(descriptor, READ_BYTES_MAX, 0)


def _entry(content: bytes, key: str, otherwise: int | None = None) -> int:
    for line in content.splitlines():
        name, _, value = line.partition(b" ")
        if name == key.encode():
            return int(value)
    if otherwise is None:  # zero would be a budget that never ends
        raise ValueError(f"there is no {key}")
    return otherwise
