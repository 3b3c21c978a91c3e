"""The processes of a simulated economy: each lives in a loop, until it is killed or fails."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from threading import Event
from typing import Any, Final

from attrs import frozen

from syntropism.application.commands.dying import kill_agent
from syntropism.application.commands.leading import Leadership
from syntropism.application.commands.prompting import score_prompt
from syntropism.application.cycle import AllocationCycle
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import WORKER, OperatorIdentity
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.human import PromptOnView
from syntropism.application.ports.sandbox import WindowOutcome
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWorkFactory
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.ports.worker_desk import HeldWindow, LeasedWindow, StartedWindow
from syntropism.application.remains import ArchiveExpiry
from syntropism.application.row_queue import RowQueue
from syntropism.application.rules import Rules
from syntropism.application.snapshot_garbage import SnapshotGarbage
from syntropism.application.system_service import SystemService
from syntropism.application.tidying import Tidying
from syntropism.application.workforce import Workforce
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.errors import DomainError
from syntropism.domain.identifiers import AgentId, PromptId
from syntropism.entrypoints.services.health import Health
from syntropism.entrypoints.services.orchestrator import ElectedOrchestrator
from syntropism.testing.faults import (
    Faults,
    faulty_clearing_engine,
    faulty_clock,
    faulty_desk,
    faulty_human,
    faulty_snapshots,
    faulty_tokens,
    faulty_usage_meter,
)
from syntropism.testing.simulation.agents import Acknowledged, SimulatedSandbox
from syntropism.testing.simulation.hosts import Hosts, SteadyWorker
from syntropism.testing.simulation.queue import FaultyQueue
from syntropism.testing.simulation.scheduler import ProcessClock, Scheduler
from syntropism.testing.simulation.store import Contention, FaultyStore
from syntropism.testing.simulation.watch import Watch

CYCLE_SECONDS: Final = 10.0

LEAD_MS: Final = 20_000
"""How long leadership lasts without being renewed."""

LOOK_SECONDS: Final = 3.0
"""How long a worker that found no windows waits."""

HUMAN_SECONDS: Final = 5.0
"""How long a human thinks."""

FATAL: Final = 0.05
"""How often an operator ends somebody."""

AT_ONCE: Final = timedelta(0)
"""How long what is left of the dead is kept."""

ROOM: Final = (700, 300_000, 2)
"""What each worker has room for: thousandths of a core and of a megabyte, windows at once."""


@frozen(slots=True, kw_only=True)
class Stage:
    """What all processes share: the durable world, and what goes wrong in it. ``broker`` is the
    queue of messages; without one, workers look at the rows themselves. ``continuous``: cycles go
    on while earlier windows run. ``glanced_at``: the orchestrator shows prompts to a human."""

    scheduler: Scheduler
    faults: Faults
    contention: Contention
    plain: UnitOfWorkFactory
    rules: Rules
    hosts: Hosts
    tokens: TokenIssuer
    meter: UsageMeter
    broker: ExecutionQueue | None
    continuous: bool
    glanced_at: bool
    random: Random
    acknowledged: Acknowledged
    watch: Watch
    hot: AgentId

    def store(
        self, *, dies: bool = True, lead: Callable[[], Leadership | None] = lambda: None
    ) -> FaultyStore:
        """The store as one process reaches it."""
        return FaultyStore(
            self.plain,
            self.scheduler,
            self.faults,
            self.contention,
            self.watch,
            dies=dies,
            lead=lead,
        )

    def clock(self) -> Clock:
        """The clock of the machine that a process runs on."""
        return faulty_clock(ProcessClock(self.scheduler), self.faults)

    def queue(self, store: FaultyStore) -> ExecutionQueue:
        """The queue as the process of ``store`` reaches it."""
        if self.broker is None:
            return RowQueue(store)
        return FaultyQueue(self.broker, store, self.watch)


class _Unasked(Event):
    """Nobody asks a simulated process to end; waiting takes simulated time."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler

    def wait(self, timeout: float | None = None) -> bool:
        self._scheduler.sleep(timeout or 0.0)
        return False


@frozen
class OrchestratorProcess:
    """Takes the lead when it can, and runs cycles while it has it."""

    stage: Stage

    def __call__(self, name: str) -> None:
        """Its life."""
        stage = self.stage
        store = stage.store(lead=lambda: orchestrator._lead)
        queue = stage.queue(store)
        human = faulty_human(Glancing(stage.random), stage.faults) if stage.glanced_at else None
        engine = faulty_clearing_engine(ReferenceEngine(), stage.faults)
        snapshots = faulty_snapshots(stage.hosts.store, stage.faults)
        garbage = SnapshotGarbage(store, snapshots, AT_ONCE)
        archives = ArchiveExpiry(store, stage.hosts.workspaces(name), AT_ONCE)
        tidying = Tidying(
            (garbage.collect, lambda _lead: archives.collect()),
            seconds=lambda: stage.scheduler.seconds,
        )

        def execute() -> int:
            return 0 if stage.continuous else orchestrator.wait_for_windows()

        def cycle() -> AllocationCycle:
            return AllocationCycle(
                store=store,
                rules=stage.rules,
                clock=stage.clock(),
                workspaces=stage.hosts.workspaces(name),
                execute=execute,
                human=human,
                engine=engine,
                workforce=True,
                queue=queue,
                lead_ms=LEAD_MS,
                tidy=tidying.now_and_then,
            )

        orchestrator = ElectedOrchestrator(
            holder=name,
            store=store,
            rules=stage.rules,
            cycle=cycle,
            founder=None,
            cycle_seconds=CYCLE_SECONDS,
            lead_ms=LEAD_MS,
            continuous=stage.continuous,
            stop=_Unasked(stage.scheduler),
            health=Health(),
            tell=lambda _line: None,
            on_cycle=lambda _progress: None,
        )
        orchestrator.run()


@frozen
class _FarDesk:
    """The desk of a worker elsewhere: every request is answered by an API of its own, which may
    die over it; the worker only sees that it was not answered."""

    api: Workforce
    who: OperatorIdentity
    name: str

    def sign_on(self) -> None:
        """The worker is there."""
        self.api.sign_on(self.who, self.name, ROOM)

    def lease(self, limit: int) -> list[LeasedWindow]:
        return self.api.lease(self.who, self.name, limit)

    def start(self, window: HeldWindow) -> StartedWindow:
        return self.api.start(self.who, self.name, window)

    def goes_on(self, window: HeldWindow, cpu_ms: int = 0, memory_bytes: int = 0) -> bool:
        return self.api.goes_on(self.who, self.name, window, cpu_ms, memory_bytes)

    def report(self, window: HeldWindow, outcome: WindowOutcome, env: Mapping[str, Any]) -> None:
        self.api.report(self.who, self.name, window, outcome, env)

    def lose(self, window: HeldWindow, detail: str, env: Mapping[str, Any]) -> None:
        self.api.lose(self.who, self.name, window, detail, env)


@frozen
class WorkerProcess:
    """Lives windows, one after another."""

    stage: Stage

    def __call__(self, name: str) -> None:
        """Its life."""
        stage = self.stage
        store = stage.store(dies=False)
        tokens = faulty_tokens(stage.tokens, stage.faults)
        workforce = Workforce(store, stage.rules, tokens, stage.queue(store))
        office = _FarDesk(workforce, OperatorIdentity(name, name, WORKER), name)
        desk = faulty_desk(office, stage.faults)
        meter = faulty_usage_meter(stage.meter, stage.faults)
        clock = stage.clock()
        sandbox = SimulatedSandbox(
            stage.scheduler,
            stage.faults,
            SystemService(store, stage.rules, meter),
            stage.random,
            stage.acknowledged,
            stage.watch,
            stage.hot,
            lambda token: tokens.verify(token, clock.now()),
            stage.hosts.diary(name),
        )
        worker = SteadyWorker(
            desk=desk,
            sandbox=sandbox,
            workspaces=stage.hosts.workspaces(name),
            service_address=("127.0.0.1", 0),
            meter=meter,
            snapshots=stage.hosts.keeper(name, stage.scheduler.sleep),
        )
        while True:
            try:
                office.sign_on()
                for window in desk.lease(1):
                    worker.live(window)
            except StorageFailed:
                pass
            stage.scheduler.sleep(LOOK_SECONDS)


@frozen
class Glancing:
    """Somebody who looks over the shoulder of the orchestrator."""

    random: Random
    name: str = "glancing"

    def consider(self, prompts: Sequence[PromptOnView]) -> list[tuple[PromptId, Scores]]:
        """See the port."""
        points = self.random.randrange(3, 11)
        return [(one.id, Scores(points, points, points)) for one in prompts[:1]]


@frozen
class HumanProcess:
    """Scores what waits first, and ends an agent now and then, through an API of its own."""

    stage: Stage

    def __call__(self, name: str) -> None:
        """Its life."""
        stage, store = self.stage, self.stage.store()
        while True:
            stage.scheduler.sleep(HUMAN_SECONDS)
            with store(read_only=True) as uow:
                queue, living = uow.prompts.queued(), uow.agents.living()
            if stage.random.random() < FATAL and len(living) > 1:
                self._end(store, stage.random.choice(living).id)
            for prompt in queue[:1]:
                points = stage.random.randrange(3, 11)
                with store() as uow:
                    fx = Effects(uow, stage.rules, name)
                    try:
                        score_prompt(fx, prompt.id, Scores(points, points, points), name)
                    except DomainError:
                        continue
                    uow.commit()

    def _end(self, store: UnitOfWorkFactory, agent_id: AgentId) -> None:
        if agent_id == self.stage.hot:
            return
        with store() as uow:
            try:
                kill_agent(Effects(uow, self.stage.rules, "operator"), agent_id)
            except DomainError:
                return
            uow.commit()
