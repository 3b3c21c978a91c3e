"""Control groups, version 1 and 2, where they may be written: exact limits and exact figures.

Version 1 has one tree per controller (memory, cpuacct, pids), version 2 one for all. Groups are
made below our own group (v1) or beside it (v2, where a group with processes has no children);
nothing of the host's own groups is changed.
"""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import field, frozen

from syntropism.adapters.process.meters import Usage
from syntropism.adapters.process.procfs import start_ticks

PREFIX: Final = "syntropism-"
REMOVE_SECONDS_MAX: Final = 1.0
_V1: Final = ("memory", "cpuacct", "pids")


@frozen(slots=True)
class Cgroup:
    """One window's group: its folder per controller (in v2 the same folder three times)."""

    memory: Path
    cpu: Path
    pids: Path
    unified: bool

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Sets the limits; raises OSError where the kernel refuses."""
        hard = "memory.max" if self.unified else "memory.limit_in_bytes"
        _write(self.memory / hard, memory_bytes)
        swap = "memory.swap.max" if self.unified else "memory.memsw.limit_in_bytes"
        with suppress(FileNotFoundError):  # a kernel that does not account for swap
            _write(self.memory / swap, 0 if self.unified else memory_bytes)
        if self.unified:
            with suppress(OSError):
                _write(self.memory / "memory.oom.group", 1)
        _write(self.pids / "pids.max", processes)

    def enter(self, pid: int) -> None:
        """Moves the process ``pid`` in; its children follow it."""
        for folder in self.folders:
            _write(folder / "cgroup.procs", pid)

    @property
    def folders(self) -> list[Path]:
        """Each folder once."""
        return list(dict.fromkeys((self.memory, self.cpu, self.pids)))

    def usage(self) -> Usage:
        """What is used now. The peak is the kernel's own, where it tells one: with what it holds
        for the group (page cache, page tables), which memory now leaves out."""
        if self.unified:
            cpu_ms = _required(self.cpu / "cpu.stat", "usage_usec") // 1_000
            memory = _entries(self.memory / "memory.stat", ("anon", "shmem"))
        else:
            cpu_ms = int((self.cpu / "cpuacct.usage").read_text()) // 1_000_000
            memory = _entries(self.memory / "memory.stat", ("rss", "shmem"))
        processes = int((self.pids / "pids.current").read_text())
        return Usage(cpu_ms, memory, self._memory_peak(), processes)

    def _memory_peak(self) -> int:
        if not self.unified:
            return int((self.memory / "memory.max_usage_in_bytes").read_text())
        try:
            return int((self.memory / "memory.peak").read_text())
        except FileNotFoundError:  # it came with Linux 5.19; before, what is held now
            return int((self.memory / "memory.current").read_text())

    def out_of_memory(self) -> bool:
        """Whether the kernel killed something of the group for want of memory."""
        name = "memory.events" if self.unified else "memory.oom_control"
        return _entry(self.memory / name, "oom_kill") > 0

    def remove(self) -> None:
        """Removes the group; nothing may run in it any more."""
        until = time.monotonic() + REMOVE_SECONDS_MAX
        for folder in self.folders:
            while folder.is_dir():
                try:
                    folder.rmdir()
                except OSError:  # the kernel is still taking processes down
                    if time.monotonic() > until:
                        return
                    time.sleep(0.005)


@frozen(slots=True)
class CgroupMeter:
    """Measures by the kernel's own accounts."""

    group: Cgroup

    def sample(self) -> Usage:
        """What is used now."""
        return self.group.usage()

    def out_of_memory(self) -> bool:
        """Whether the kernel killed something of the window for want of memory."""
        return self.group.out_of_memory()

    def close(self) -> None:
        """Removes the group."""
        self.group.remove()


@frozen(slots=True)
class CgroupRoot:
    """Where groups are made: the parent folder per controller."""

    memory: Path
    cpu: Path
    pids: Path
    unified: bool = field(default=False)

    def make(self, memory_bytes: int, processes: int) -> Cgroup:
        """A new group with these limits; raises OSError."""
        worker = os.getpid()
        name = f"{PREFIX}{worker}-{start_ticks(worker)}-{uuid.uuid4().hex[:12]}"
        group = Cgroup(self.memory / name, self.cpu / name, self.pids / name, self.unified)
        try:
            for folder in group.folders:
                folder.mkdir()
            group.limit(memory_bytes, processes)
        except BaseException:
            group.remove()
            raise
        return group

    def sweep(self) -> int:
        """Removes groups of workers that are gone; how many."""
        removed = 0
        for folder in dict.fromkeys((self.memory, self.cpu, self.pids)):
            for path in folder.glob(f"{PREFIX}*"):
                worker, _, rest = path.name.removeprefix(PREFIX).partition("-")
                if str(start_ticks(int(worker))) != rest.partition("-")[0]:
                    with suppress(OSError):
                        path.rmdir()
                        removed += 1
        return removed


def find_cgroups() -> CgroupRoot | None:
    """Where groups can be made and entered on this host, found by doing it once."""
    for root in _candidates():
        process = None
        try:
            group = root.make(1 << 30, 16)
            try:
                process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env={})
                group.enter(process.pid)
                group.usage()
                group.out_of_memory()
                return root
            finally:
                if process is not None:
                    process.kill()
                    process.communicate()
                group.remove()
        except (OSError, ValueError):
            continue
    return None


def _candidates() -> Iterator[CgroupRoot]:
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        own = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return
    paths = {name: path for _, names, path in own for name in names.split(",")}
    for _, mount, kind, *_ in mounts:
        if kind == "cgroup2":
            path = _below(Path(mount), paths.get("", "/"))
            for parent in dict.fromkeys((path.parent, path)):
                if parent.is_relative_to(mount):
                    yield CgroupRoot(parent, parent, parent, unified=True)
    trees = {
        controller: _below(Path(mount), paths.get(controller, "/"))
        for _, mount, kind, options, *_ in mounts
        for controller in _V1
        if kind == "cgroup" and controller in options.split(",")
    }
    if len(trees) == len(_V1):
        yield CgroupRoot(trees["memory"], trees["cpuacct"], trees["pids"])


def _below(mount: Path, path: str) -> Path:
    """Our own group under ``mount``, or its top: in a container the path is the host's."""
    own = mount / path.lstrip("/")
    return own if own.is_dir() else mount


def _write(path: Path, value: int) -> None:
    descriptor = os.open(path, os.O_WRONLY)  # never creates: a missing file is a missing ability
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _entries(path: Path, keys: tuple[str, ...]) -> int:
    lines = (line.split() for line in path.read_text().splitlines())
    return sum(int(line[1]) for line in lines if line[0] in keys)


def _entry(path: Path, key: str) -> int:
    return _entries(path, (key,))


def _required(path: Path, key: str) -> int:
    for line in path.read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    raise ValueError(f"{path} tells no {key}")  # zero would be a budget that never ends
