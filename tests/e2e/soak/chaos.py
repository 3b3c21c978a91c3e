"""What goes wrong, when: every kind again and again, in an order drawn from a seed."""

import heapq
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from attrs import define, field
from tests.e2e.soak.fleet import (
    APIS,
    LEAD_SECONDS,
    LEASE_SECONDS,
    ORCHESTRATORS,
    WORKERS_OF_IT,
    Fleet,
)
from tests.servers.postgres import NoServer

PAUSE_SECONDS: Final = (0.5, 3.0)
STOP_SECONDS: Final = (0.5, 7.0)
PAST: Final = (1.3, 1.9)
"""Who is stopped for so many leases, or leads, finds when it goes on that others have taken
over; but its windows have not come to their ends."""

DECK: Final = (
    *("kill leader", "kill busy worker", "kill busy worker", "kill api", "kill anybody"),
    *(
        "stop leader past its lead",
        "stop busy worker past its leases",
        "stop busy worker past its leases",
    ),
    *("stop api", "stop anybody"),
    *("cut postgres", "cut nats", "cut api") * 2,
    *("delay postgres", "delay nats", "delay api"),
    *("refuse postgres", "refuse nats", "refuse api"),
    *("restart postgres", "crash postgres", "restart nats", "crash nats"),
)
"""Shuffled, and dealt to its end before it is shuffled again: a minute, more or less."""


@define
class Chaos:
    """Breaks things for some time, and tells what it did."""

    fleet: Fleet
    seed: str
    counts: Counter[str] = field(factory=Counter)
    left: list[str] = field(factory=list)
    """Who ended without being killed, and what it said."""
    _deck: list[str] = field(factory=list)
    _expected: set[str] = field(factory=set)
    _later: list[tuple[float, int, Callable[[], object]]] = field(factory=list)
    _asked: int = 0
    _random: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(f"{self.seed}-chaos")

    def rage(self, seconds: float, look: Callable[[], object]) -> None:
        """For so long; then everything is mended. ``look`` is called between the blows."""
        for proxy in self.fleet.proxies.values():
            proxy.mischief = True
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._strike()
            pause = time.monotonic() + self._random.uniform(*PAUSE_SECONDS)
            look()
            while time.monotonic() < min(pause, end):
                self._mend(time.monotonic())
                time.sleep(0.1)
        self._mend(float("inf"))
        for proxy in self.fleet.proxies.values():
            proxy.heal()

    def _strike(self) -> None:
        if not self._deck:
            self._deck = list(DECK)
            self._random.shuffle(self._deck)
        card = self._deck.pop()
        verb, _, whom = card.partition(" ")
        seconds, share = self._random.uniform(*STOP_SECONDS), self._random.random()
        if " past " in whom:
            lasts = LEAD_SECONDS if whom.startswith("leader") else LEASE_SECONDS
            seconds = lasts * self._random.uniform(*PAST)
        if verb in ("kill", "stop"):
            victim = self._victim(whom)
            if self.fleet.members[victim].gone:
                return
            if verb == "kill":
                self._kill(victim, share * 3)
            else:
                self._stop(victim, seconds)
        elif verb in ("restart", "crash"):
            self._restart(whom, share, crash=verb == "crash")
        else:
            way = self.fleet.proxies[whom]
            if verb == "cut":
                way.cut(max(share, 0.3))
            elif verb == "delay":
                way.delay(seconds)
            else:
                way.refuse(seconds / 2)
        self.counts[card] += 1

    def _victim(self, whom: str) -> str:
        """Drawn by lot where it cannot be seen, or is not said, who it is."""
        if whom.startswith("leader"):
            return self.fleet.leader() or self._random.choice(ORCHESTRATORS)
        if whom.startswith("busy worker"):
            return self.fleet.busy_worker() or self._random.choice(WORKERS_OF_IT)
        if whom == "api":
            return self._random.choice(APIS)
        return self._random.choice(sorted(self.fleet.members))

    def _restart(self, server: str, seconds: float, *, crash: bool) -> None:
        if server == "postgres":
            self.fleet.database.kill(signal.SIGQUIT if crash else signal.SIGINT)
            time.sleep(seconds)
            self._start_database()
        else:
            self.fleet.nats.stop(signal.SIGKILL if crash else signal.SIGTERM)
            time.sleep(seconds)
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
        self.fleet.members[victim].service.kill()
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
