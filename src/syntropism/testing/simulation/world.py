"""A whole economy of many processes that fail, replayed from one number.

Orchestrators compete for the lead, workers for windows; agents and humans come through the API.
Every process may be killed, stopped or cut off wherever it calls a port; a supervisor starts it
again. In the end all faults cease, what is under way runs out, and every law is checked.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from attrs import frozen

from syntropism.application import retrying
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.effects import Effects
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.rules import Rules
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.identifiers import AgentId
from syntropism.entrypoints.container import Container, message_queue
from syntropism.entrypoints.wiring import Wiring
from syntropism.testing.simulation import faults as kinds
from syntropism.testing.simulation.agents import Acknowledged
from syntropism.testing.simulation.faults import simulated_faults
from syntropism.testing.simulation.hosts import Hosts
from syntropism.testing.simulation.outside import GatewayProcess, Subscription
from syntropism.testing.simulation.processes import (
    HumanProcess,
    OrchestratorProcess,
    Stage,
    WorkerProcess,
)
from syntropism.testing.simulation.scheduler import Process, Scheduler, StoreClock, Stuck
from syntropism.testing.simulation.store import Contention
from syntropism.testing.simulation.verdict import judge, told_outside
from syntropism.testing.simulation.watch import Watch

ORCHESTRATORS: Final = 2
WORKERS: Final = 3
GATEWAYS: Final = 2

CYCLES: Final = 4
"""How many cycles a simulation closes before its faults cease."""

CYCLES_AFTER: Final = 2
"""How many more it closes without any."""

STEPS_MAX: Final = 60_000
"""Turns after which a simulation that has not come to its end counts as stuck."""

LOOK_EVERY: Final = 25
"""Turns between two looks whether a simulation has come to its end."""

SKEW_MS_MAX: Final = 5_000
"""How far the clock of a process may be off."""

STOPPED_SECONDS_MAX: Final = 120
"""How long a process may be stopped: longer than any lease lasts."""

PAUSE_SECONDS: Final = 0.02
"""How long a transaction that lost waits before it is run again."""

JUMPS: Final = (-30, -2, 2, 30, 90)
"""By how many seconds the clock of the database may jump."""

ANYWHERE: Final = (kinds.KILLED_ANYWHERE, kinds.STOPPED, kinds.CLOCK_JUMPED)
"""What comes over a process from outside."""

PARAMETERS: Final = EconomicParameters(
    treasury_endowment=2_000 * MICRO,
    reward_interesting=8 * MICRO,
    reward_useful=8 * MICRO,
    reward_understandable=8 * MICRO,
    spawn_fee=5 * MICRO,
    bid_expiry_cycles=3,
    dormancy_cycles_max=4,
    prompt_expiry_cycles=3,
    attention_cooldown_cycles=1,
    start_timeout_ms=120_000,
    max_attempts=3,
    wait_for_human_cycles=0,
)


@frozen(slots=True)
class Report:
    """What a simulation came to. ``broken`` names what went wrong, a line each; ``history`` is
    the digest of everything that happened: equal for equal seeds."""

    seed: int
    broken: tuple[str, ...]
    history: str
    cycles: int
    executions: int
    turns: int
    seconds: float
    faults: Counter[str]

    @property
    def ok(self) -> bool:
        """Whether every law held."""
        return not self.broken


def simulate(seed: int, cycles: int = CYCLES) -> Report:
    """One simulation from its seed. Odd seeds tell workers through a broker of messages, even
    ones let them look at the rows; half of both clear continuously. Where three divides it,
    workspaces travel from host to host; where five does, the orchestrator itself shows prompts.

    Raises:
        Stuck: the processes block each other, or never come to an end.
    """
    return _World(seed, cycles).run()


class _World:
    def __init__(self, seed: int, cycles: int) -> None:
        self._seed, self._cycles = seed, cycles
        self._random = random = Random(seed)
        self._scheduler = Scheduler(Random(random.random()))
        self._faults = simulated_faults(Random(random.random()))
        self._faults.around = self._scheduler.switch
        container = Container(wiring=Wiring(parameters=PARAMETERS, seed=seed))
        container.clock.override(StoreClock(self._scheduler))
        self._store = container.store()
        self._bodies: dict[str, tuple[str, Callable[[str], None]]] = {}
        self._started = 0
        rules = Rules(PARAMETERS, container.ids())
        contention = Contention(self._scheduler)
        hosts = Hosts(
            self._faults,
            self._store,
            travelling=seed % 3 == 0,
            settled=lambda: self._scheduler.wait(lambda: contention.free),
        )
        self._stage = Stage(
            scheduler=self._scheduler,
            faults=self._faults,
            contention=contention,
            plain=self._store,
            rules=rules,
            hosts=hosts,
            tokens=container.tokens(),
            meter=container.meter(),
            broker=message_queue(lambda: self._scheduler.seconds) if seed % 2 else None,
            continuous=seed % 4 < 2,
            glanced_at=seed % 5 == 0,
            random=random,
            acknowledged=Acknowledged(),
            watch=Watch(self._store),
            hot=self._found(rules),
        )
        self._subscription = Subscription()

    def _found(self, rules: Rules) -> AgentId:
        """Founds the economy; tells which agent everybody will pay."""
        founders = [
            BirthRequest(name, 600 * MICRO, {"main.py": b""})
            for name in ("ada", "bob", "cyd", "dan")
        ]
        with self._store() as uow:
            fx = Effects(uow, rules, "founder")
            found_economy(fx, founders[0])
            for founder in founders[1:]:
                create_agent(fx, founder)
            uow.commit()
            return uow.agents.living()[0].id

    def run(self) -> Report:
        """The whole story."""
        pauses = retrying.pause
        retrying.pause = lambda _seconds: self._scheduler.sleep(PAUSE_SECONDS)
        try:
            for number in range(ORCHESTRATORS):
                self._start(f"orchestrator-{number}", OrchestratorProcess(self._stage))
            for number in range(WORKERS):
                self._start(f"worker-{number}", WorkerProcess(self._stage))
            for number in range(GATEWAYS):
                gateway = GatewayProcess(self._stage, self._subscription)
                self._start(f"gateway-{number}", gateway)
            if not self._stage.glanced_at:
                self._start("human", HumanProcess(self._stage))
            self._until(lambda: self._closed() >= self._cycles)
            self._faults.active = False
            waiting, goal = self._unfinished(), self._closed() + CYCLES_AFTER
            told = self._last_event()
            self._until(
                lambda: (
                    self._subscription.seen >= told
                    and self._closed() >= goal
                    and not waiting & self._unfinished()
                )
            )
        finally:
            retrying.pause = pauses
            self._scheduler.close()
        return self._report()

    def _start(self, name: str, body: Callable[[str], None]) -> None:
        self._started += 1
        who = f"{name}.{self._started}"
        self._bodies[who] = name, body
        skew = self._random.randrange(-SKEW_MS_MAX, SKEW_MS_MAX)
        self._scheduler.start(who, lambda: body(who), skew)

    def _until(self, done: Callable[[], bool]) -> None:
        limit = self._scheduler.steps + STEPS_MAX
        while not (self._stage.contention.free and done()):
            if self._scheduler.steps > limit:
                raise Stuck(f"seed {self._seed}: no end after {STEPS_MAX} turns")
            for _ in range(LOOK_EVERY):
                self._trouble()
                self._scheduler.step()
                self._supervise()

    def _supervise(self) -> None:
        """Starts again what has ended. Only what the store and the broker do may end a process."""
        while self._scheduler.ended:
            process = self._scheduler.ended.pop(0)
            if process.error is not None and not isinstance(process.error, StorageFailed):
                raise process.error
            self._start(*self._bodies.pop(process.name))

    def _trouble(self) -> None:
        """What comes over processes from outside, wherever they are."""
        fault = self._faults.one_of(ANYWHERE)
        if fault is None:
            return
        if fault is kinds.KILLED_ANYWHERE:
            self._scheduler.kill(self._victim())
        elif fault is kinds.STOPPED:
            self._scheduler.stop(self._victim(), self._random.randrange(1, STOPPED_SECONDS_MAX))
        else:
            self._scheduler.leap(self._random.choice(JUMPS))

    def _victim(self) -> Process:
        return self._random.choice(self._scheduler.living())

    def _closed(self) -> int:
        with self._store(read_only=True) as uow:
            latest = uow.cycles.latest()
        return 0 if latest is None else latest.number - (not latest.closed)

    def _last_event(self) -> int:
        with self._store(read_only=True) as uow:
            return len(uow.events.since(0, 1_000_000))

    def _unfinished(self) -> set[str]:
        with self._store(read_only=True) as uow:
            return {one.id for one in uow.executions.unfinished()}

    def _report(self) -> Report:
        stage = self._stage
        with self._store(read_only=True) as uow:
            executions = len(uow.executions.page(1_000_000))
            events = uow.events.since(0, 1_000_000)
            transfers = uow.ledger.transfers_since(None, 1_000_000)
        digest = hashlib.sha256("\n".join(map(repr, (*events, *transfers))).encode())
        return Report(
            seed=self._seed,
            broken=(
                *judge(self._store, PARAMETERS, stage.acknowledged),
                *told_outside(self._store, self._subscription),
                *stage.hosts.missing(),
                *stage.hosts.seen,
                *stage.watch.seen,
            ),
            history=digest.hexdigest()[:16],
            cycles=self._closed(),
            executions=executions,
            turns=self._scheduler.steps,
            seconds=self._scheduler.seconds,
            faults=self._faults.injected,
        )
