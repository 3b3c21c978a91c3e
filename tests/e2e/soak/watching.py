"""Who looks on while everything fails: the laws, the processes, those who fell asleep."""

import sys
import time
from collections.abc import Callable
from typing import Final

import psycopg
from attrs import define, field
from tests.e2e.soak.broker import working_unknown_to_the_queue
from tests.e2e.soak.chaos import Chaos
from tests.e2e.soak.fleet import Fleet
from tests.e2e.soak.laws import broken
from tests.e2e.soak.meters import Meters

WAKE_SECONDS: Final = 4.0
LAWS_SECONDS: Final = 5.0
TELL_SECONDS: Final = 60.0


class Broken(AssertionError):
    """A law does not hold; says which."""


@define
class Watch:
    """Everything is looked at between two blows, each at its own pace."""

    fleet: Fleet
    chaos: Chaos
    meters: Meters
    began: float = field(factory=time.monotonic)
    woken: int = 0
    _due: dict[str, float] = field(factory=dict)

    def look(self) -> None:
        """What is due.

        Raises:
            Broken: a law does not hold any more.
        """
        self.meters.look()
        self._every("wake", WAKE_SECONDS, self._wake)
        self._every("laws", LAWS_SECONDS, self._laws)
        self._every("tell", TELL_SECONDS, self._tell)

    def _every(self, name: str, seconds: float, deed: Callable[[], object]) -> None:
        now = time.monotonic()
        if self._due.setdefault(name, now + seconds) > now:
            return
        self._due[name] = now + seconds
        try:
            deed()
        except (psycopg.Error, OSError):  # the server is not there now: next time
            self._due[name] = now

    def _wake(self) -> None:
        self.woken += self.fleet.wake_sleepers()

    def _laws(self) -> None:
        found = broken(self.fleet.rows) + working_unknown_to_the_queue(self.fleet)
        found += [f"left by itself: {one}" for one in self.chaos.left]
        if found:
            raise Broken(f"after {self.seconds:.0f} s: {'; '.join(found)}")

    def _tell(self) -> None:
        """A line each minute, and the whole audit."""
        ((cycles, executions, transfers),) = self.fleet.rows(
            "SELECT (SELECT max(number) FROM cycles), (SELECT count(*) FROM executions), "
            "(SELECT count(*) FROM transfers)"
        )
        audit = self.fleet.books.town.inside("audit", "--json")
        if audit.returncode not in (0, 3):  # 3: the database does not answer
            raise Broken(f"after {self.seconds:.0f} s: audit: {audit.stdout[-2000:]}{audit.stderr}")
        strikes = sum(self.chaos.counts.values())
        faults = sum(sum(proxy.faults.values()) for proxy in self.fleet.proxies.values())
        peak = max(life["peak MB"] for life in self.meters.figures().values())
        state = "ok" if audit.returncode == 0 else "not to be had"
        sys.stderr.write(
            f"soak: {self.seconds / 60:.0f} min: {strikes} blows, {faults} faults on the way; "
            f"{cycles} cycles, {executions} executions, {transfers} transfers; audit {state}; "
            f"largest process {peak} MB\n"
        )
        sys.stderr.flush()

    @property
    def seconds(self) -> float:
        """Since faults began."""
        return time.monotonic() - self.began
