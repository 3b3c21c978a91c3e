"""Everything that runs in one window, to be stopped together."""

import contextlib
import os
import select
import signal
import time
from typing import Final, Protocol

from syntropism.adapters.process.launching import Launched
from syntropism.adapters.process.procfs import (
    carrying,
    descendants_of,
    pids_in,
    read_process,
    start_ticks,
)
from syntropism.application.ports.sandbox import ProviderFailed

KILL_SECONDS_MAX: Final = 5.0
HELD_MAX: Final = 12
"""Processes in a namespace above which its reaper is not held."""


class Group(Protocol):
    """The processes of one window."""

    init: int
    """Pid, on the host, of the first process: nothing of the window outlives it in a namespace."""
    exited: int
    """Descriptor that becomes readable when the agent has ended."""

    def members(self) -> list[tuple[int, int | None]]:
        """Pid, and the procfs it is to be read in (none: the host's), of each process."""
        ...

    def temporary_bytes(self) -> int:
        """Memory in use by temporary file systems of the window."""
        ...

    def terminate(self) -> None:
        """Asks the agent to end (SIGTERM)."""
        ...

    def release(self) -> None:
        """Lets the ended agent be collected: its figures are read."""
        ...

    def kill(self) -> None:
        """Kills all of it and returns when nothing is left.

        Raises:
            ProviderFailed: something survives.
        """
        ...

    def close(self) -> None:
        """Lets go of descriptors."""
        ...


class NamespaceGroup:
    """A PID namespace: it dies as a whole with its first process, daemons included.

    With ``hold`` that first process (bubblewrap's reaper) is stopped while the agent runs, so
    that neither the agent nor orphans are collected before their CPU time has been sampled;
    it goes on for a while when too many wait for it, since they count as processes.
    """

    def __init__(self, launched: Launched, temporary_in_memory: bool, hold: bool) -> None:
        launcher = read_process(launched.main)
        if launcher is None:
            raise ProviderFailed("the sandbox died while starting")
        self.init = launcher.parent
        self._hold = hold
        self._descriptors: list[int] = []
        try:
            self._init = self._own(os.pidfd_open(self.init))
            self.exited = self._own(os.pidfd_open(launched.main))
            folder = os.O_RDONLY | os.O_DIRECTORY
            root = f"/proc/{launched.main}/root"
            self._proc = self._own(os.open(f"{root}/proc", folder))
            names = ("tmp", "dev/shm") if temporary_in_memory else ()
            self._temporary = [self._own(os.open(f"{root}/{name}", folder)) for name in names]
            self._signal_init(signal.SIGSTOP if hold else signal.SIGCONT)
        except OSError as error:
            self.close()
            raise ProviderFailed(f"cannot watch the sandbox: {error.strerror}") from error

    def _own(self, descriptor: int) -> int:
        self._descriptors.append(descriptor)
        return descriptor

    def members(self) -> list[tuple[int, int | None]]:
        """Everything in the namespace but the reaper."""
        try:
            pids = [pid for pid in pids_in(self._proc) if pid != 1]
        except OSError:  # the namespace is gone
            return []
        if self._hold:
            self._signal_init(signal.SIGCONT if len(pids) > HELD_MAX else signal.SIGSTOP)
        return [(pid, self._proc) for pid in pids]

    def temporary_bytes(self) -> int:
        """What lies in ``/tmp`` and ``/dev/shm``."""
        total = 0
        for descriptor in self._temporary:
            status = os.fstatvfs(descriptor)
            total += (status.f_blocks - status.f_bfree) * status.f_frsize
        return total

    def terminate(self) -> None:
        """SIGTERM to the agent itself."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.exited, signal.SIGTERM)

    def release(self) -> None:
        """Lets the reaper go on, which then tells bubblewrap the exit code."""
        self._signal_init(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to the first process; its end is the end of all."""
        self._signal_init(signal.SIGKILL)
        poll = select.poll()
        poll.register(self._init, select.POLLIN)
        if not poll.poll(KILL_SECONDS_MAX * 1000):
            raise ProviderFailed(f"sandbox process {self.init} cannot be killed")

    def _signal_init(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):  # it has ended
            signal.pidfd_send_signal(self._init, number)

    def close(self) -> None:
        """Closes every descriptor."""
        while self._descriptors:
            os.close(self._descriptors.pop())


class TreeGroup:
    """Without a PID namespace: the process group, the tree as it was sampled, and whatever
    still carries the window's marker in its environment."""

    def __init__(self, launched: Launched, marker: bytes) -> None:
        self.init = launched.pid
        self.exited = launched.exited
        self._launched = launched
        self._marker = marker
        self._seen: dict[int, int] = {}

    def members(self) -> list[tuple[int, int | None]]:
        """The tree, and everything once seen in it, with what hangs below by now."""
        return [(pid, None) for pid in self._alive()]

    def _alive(self) -> list[int]:
        pids: set[int] = set()
        for root in (self.init, *self._seen):
            if root not in pids and (root == self.init or start_ticks(root) == self._seen[root]):
                pids.update(descendants_of(root))
        started = {pid: start_ticks(pid) for pid in pids}
        self._seen = {pid: ticks for pid, ticks in started.items() if ticks is not None}
        return sorted(pids)

    def temporary_bytes(self) -> int:
        """Nothing: the temporary folder is on the host's disk."""
        return 0

    def terminate(self) -> None:
        """SIGTERM to the process group."""
        self._signal_group(signal.SIGTERM)

    def release(self) -> None:
        """Nothing to do: the agent is our own child, and we collect it."""

    def kill(self) -> None:
        """SIGKILL to all, again and again until none is left."""
        until = time.monotonic() + KILL_SECONDS_MAX
        while True:
            self._signal_group(signal.SIGKILL)
            left = {*self._alive(), *carrying(self._marker)} - {self._launched.pid}
            left = {pid for pid in left if _runs(pid)}
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                return
            if time.monotonic() > until:
                raise ProviderFailed(f"{len(left)} processes of a window cannot be killed")
            time.sleep(0.005)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._launched.returncode is None:  # not collected: the number is still ours
            with contextlib.suppress(OSError):
                os.killpg(self._launched.pid, number)

    def close(self) -> None:
        """Nothing is held."""


def _runs(pid: int) -> bool:
    process = read_process(pid)
    return process is not None and process.threads > 0
