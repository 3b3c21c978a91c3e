"""What the processes use while they live: memory, descriptors, threads, processor time."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from attrs import define, field
from tests.e2e.soak.fleet import Fleet

EVERY_SECONDS: Final = 5.0
SETTLED_SECONDS: Final = 15.0
"""After its start a process still loads; growth is counted from then on."""

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


@define
class Life:
    """One process, as often as it was looked at."""

    role: str
    since: float
    cpu_seconds: float = 0.0
    settled_at: float | None = None
    settled_mb: float = 0.0
    last_at: float = 0.0
    last_mb: float = 0.0
    peak_mb: float = 0.0
    descriptors: int = 0
    threads: int = 0

    def look(self, pid: int) -> None:
        """Notes what it uses now; nothing if it is gone."""
        with suppress(OSError, ValueError, IndexError):
            home = Path(f"/proc/{pid}")
            self.last_mb = int((home / "statm").read_text().split()[1]) * _PAGE_BYTES / 2**20
            self.peak_mb = max(self.peak_mb, self.last_mb)
            self.last_at = time.monotonic()
            if self.settled_at is None and self.last_at - self.since > SETTLED_SECONDS:
                self.settled_at, self.settled_mb = self.last_at, self.last_mb
            fields = (home / "stat").read_text().rpartition(")")[2].split()
            ours = 13 if pid == os.getpid() else 15  # of a worker its windows' too
            self.cpu_seconds = sum(map(int, fields[11:ours])) / _TICKS
            self.threads = max(self.threads, int(fields[17]))
            self.descriptors = max(self.descriptors, len(os.listdir(home / "fd")))

    @property
    def growth_mb(self) -> float:
        """How much more it has than when it had settled."""
        return self.last_mb - self.settled_mb if self.settled_at is not None else 0.0


@define
class Meters:
    """Looks at every process of a fleet every few seconds."""

    fleet: Fleet
    _lives: dict[int, Life] = field(factory=dict)
    _next: float = 0.0

    def look(self) -> None:
        """Looks, if it is time to."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        for name, member in self.fleet.members.items():
            self._one(name.rstrip("0123456789"), member.service.process.pid)
        self._one("soak", os.getpid())

    def _one(self, role: str, pid: int) -> None:
        self._lives.setdefault(pid, Life(role, time.monotonic())).look(pid)

    def figures(self) -> dict[str, dict[str, Any]]:
        """By role; growth is that of the process that grew most, and how long it was watched."""
        found: dict[str, dict[str, Any]] = {}
        for role in sorted({life.role for life in self._lives.values()}):
            lives = [life for life in self._lives.values() if life.role == role]
            most = max(lives, key=lambda life: life.growth_mb)
            found[role] = {
                "processes": len(lives),
                "peak MB": round(max(life.peak_mb for life in lives)),
                "most growth MB": round(most.growth_mb, 1),
                "within s": round(most.last_at - (most.settled_at or most.last_at)),
                "descriptors": max(life.descriptors for life in lives),
                "threads": max(life.threads for life in lives),
                "CPU s": round(sum(life.cpu_seconds for life in lives), 1),
            }
        return found
