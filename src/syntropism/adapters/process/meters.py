"""Sampled meters: CPU, memory and processes of everything that runs in one window."""

from collections.abc import Callable, Iterable
from typing import Protocol

from attrs import frozen

from syntropism.adapters.process.procfs import read_process


@frozen(slots=True)
class Usage:
    """CPU burnt so far, memory now, the most memory held at once as far as is known by now,
    processes and threads now."""

    cpu_ms: int
    memory_bytes: int
    memory_peak_bytes: int
    processes: int


class Meter(Protocol):
    """Measures one window."""

    def sample(self) -> Usage:
        """What is used now."""
        ...

    def out_of_memory(self) -> bool:
        """Whether the kernel killed something of the window for want of memory."""
        ...

    def close(self) -> None:
        """Lets go of what the meter holds; to be called once nothing runs any more."""
        ...


Membership = Callable[[], Iterable[tuple[int, int | None]]]
"""Pid and the procfs it is to be read in, of each process of a window."""


class SampledMeter:
    """Adds up the processes of a window, and remembers what the vanished ones had burnt.

    CPU is the larger of two lower bounds, since a child's time can be seen twice or not at all:
    the own time of every process when last seen; and, of those alive, their own plus that of
    the children they waited for.
    """

    def __init__(self, members: Membership, baseline_ms: int, temporary: Callable[[], int]) -> None:
        self._members = members
        self._baseline_ms = baseline_ms
        self._temporary = temporary
        self._own_ms: dict[tuple[int, int], int] = {}
        self._cpu_ms = 0

    def sample(self) -> Usage:
        """What is used now; CPU never falls."""
        waited_ms = anonymous = shared = threads = 0
        for pid, proc in self._members():
            process = read_process(pid, proc)
            if process is None:
                continue
            self._own_ms[process.pid, process.start_ticks] = process.cpu_own_ms
            waited_ms += process.cpu_own_ms + process.cpu_children_ms
            anonymous += process.anonymous_bytes
            shared += process.shared_bytes
            threads += process.threads
        seen_ms = max(sum(self._own_ms.values()), waited_ms)
        self._cpu_ms = max(self._cpu_ms, seen_ms - self._baseline_ms)
        # Pages of a temporary file system that are mapped appear in both figures.
        memory = anonymous + max(shared, self._temporary())
        return Usage(self._cpu_ms, memory, memory, threads)

    def out_of_memory(self) -> bool:
        """Never known by sampling: the supervisor itself kills at the limit."""
        return False

    def close(self) -> None:
        """Nothing is held."""
