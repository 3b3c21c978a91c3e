"""What goes wrong, when: drawn from a seed, never from how the economy fares."""

import heapq
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from attrs import define, field
from tests.e2e.soak.fleet import Fleet
from tests.servers.postgres import NoServer

PAUSE_SECONDS: Final = (0.5, 3.0)
STOP_SECONDS: Final = (0.5, 7.0)
"""Some stops are longer than the leases (3 s)."""
MISCHIEF: Final = 0.05

_WEIGHTS: Final = {
    "kill": 6,
    "stop": 5,
    "cut": 6,
    "delay": 3,
    "refuse": 3,
    "postgres restarted": 1,
    "postgres crashed": 1,
    "nats restarted": 1,
    "nats killed": 1,
}


@define
class Chaos:
    """Breaks things for some time, and tells what it did."""

    fleet: Fleet
    seed: str
    counts: Counter[str] = field(factory=Counter)
    left: list[str] = field(factory=list)
    """Who ended without being killed, and what it said."""
    _expected: set[str] = field(factory=set)
    _later: list[tuple[float, int, Callable[[], object]]] = field(factory=list)
    _asked: int = 0
    _random: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(f"{self.seed}-chaos")

    def rage(self, seconds: float) -> None:
        """For so long; then everything is mended."""
        self.fleet.api.mischief = MISCHIEF
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._strike()
            pause = time.monotonic() + self._random.uniform(*PAUSE_SECONDS)
            while time.monotonic() < min(pause, end):
                self._mend(time.monotonic())
                time.sleep(0.05)
        self._mend(float("inf"))
        for proxy in self.fleet.proxies.values():
            proxy.heal()

    def _strike(self) -> None:
        (kind,) = self._random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        victim = self._random.choice(sorted(self.fleet.members))
        way = self.fleet.proxies[self._random.choice(sorted(self.fleet.proxies))]
        seconds, share = self._random.uniform(*STOP_SECONDS), self._random.random()
        self.counts[kind] += 1
        if kind == "kill":
            self._kill(victim, share * 3)
        elif kind == "stop":
            self._stop(victim, seconds)
        elif kind == "cut":
            way.cut(max(share, 0.3))
        elif kind == "delay":
            way.delay(seconds)
        elif kind == "refuse":
            way.refuse(seconds / 2)
        elif kind.startswith("postgres"):
            crashed = kind.endswith("crashed")
            self.fleet.database.kill(signal.SIGQUIT if crashed else signal.SIGINT)
            time.sleep(share)
            self._start_database()
        else:
            self.fleet.nats.stop(signal.SIGKILL if kind.endswith("killed") else signal.SIGTERM)
            time.sleep(share)
            self.fleet.nats.start()

    def _start_database(self) -> None:
        """Its former processes may take a moment to be gone."""
        for _ in range(20):
            try:
                self.fleet.database.start()
            except NoServer:
                time.sleep(0.5)
            else:
                return
        self.fleet.database.start()

    def _kill(self, victim: str, seconds: float) -> None:
        member = self.fleet.members[victim]
        if member.gone:
            return
        member.service.kill()
        self._expected.add(victim)

        def again() -> None:
            self._expected.discard(victim)
            self.fleet.start_again(victim)

        self._in(seconds, again)

    def _stop(self, victim: str, seconds: float) -> None:
        member = self.fleet.members[victim]
        service = member.service
        member.signal(signal.SIGSTOP)

        def go_on() -> None:
            if service.process.poll() is None:
                service.process.send_signal(signal.SIGCONT)

        self._in(seconds, go_on)

    def _in(self, seconds: float, act: Callable[[], object]) -> None:
        self._asked += 1
        heapq.heappush(self._later, (time.monotonic() + seconds, self._asked, act))

    def _mend(self, until: float) -> None:
        """Does what is due by then; who has left by itself is remembered, and started again."""
        while self._later and self._later[0][0] <= until:
            heapq.heappop(self._later)[2]()
        for name, member in self.fleet.members.items():
            if member.gone and name not in self._expected:
                self.left.append(f"{name}: {member.service.said[-1500:]}")
                self.fleet.start_again(name)
