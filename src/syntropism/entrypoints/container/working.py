"""Who lives windows, and who clears them."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Protocol

from syntropism.adapters.human.scripted import ScriptedHuman
from syntropism.adapters.relay.debug import BRIDGE, LoopbackDebugRelay
from syntropism.application.cycle import LEAD_MS, AllocationCycle
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.debugging import Debugging
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.human import HumanChannel
from syntropism.application.ports.sandbox import Sandbox
from syntropism.application.ports.snapshots import Snapshots, Standings
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.ports.worker_desk import WorkerDesk
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.rules import Rules
from syntropism.application.samples import Samples
from syntropism.application.tidying import Tidying
from syntropism.application.worker import Worker
from syntropism.application.workforce import Workforce
from syntropism.domain.identifiers import AgentId, WorkerId
from syntropism.entrypoints.container.clearing import FasterWhenItMatters
from syntropism.entrypoints.wiring import Wiring

DESK_SECONDS_MAX: Final = 10.0
"""How long a worker waits for one answer of the API."""


EMBEDDED: Final = WorkerId("embedded")
"""The one worker of an economy in one process."""


def make_human(wiring: Wiring) -> HumanChannel | None:
    return ScriptedHuman(wiring.persona, wiring.seed or 0) if wiring.persona else None


def make_worker(
    wiring: Wiring,
    desk: WorkerDesk,
    sandbox: Sandbox,
    workspaces: Workspaces,
    service_address: tuple[str, int],
    debug_relay: LoopbackDebugRelay,
    meter: UsageMeter,
) -> Worker:
    debugging = None
    if wiring.debug_port is not None:
        debugging = Debugging(relay=debug_relay, bridge=BRIDGE, wait=wiring.debug_wait)
    return Worker(
        desk=desk,
        sandbox=sandbox,
        workspaces=workspaces,
        service_address=service_address,
        slots=wiring.slots,
        stopping=wiring.stopping,
        debugging=debugging,
        meter=meter,
    )


def make_cycle(
    wiring: Wiring,
    store: UnitOfWorkFactory,
    rules: Rules,
    clock: Clock,
    workspaces: Workspaces,
    worker: Callable[[], Worker],
    human: HumanChannel | None,
    queue: ExecutionQueue,
    tidying: Tidying,
) -> AllocationCycle:
    shared = wiring.services
    return AllocationCycle(
        store=store,
        rules=rules,
        clock=clock,
        workspaces=workspaces,
        execute=shared.execute if shared else worker().run_queued,
        human=human,
        live=wiring.live,
        engine=FasterWhenItMatters(repeatable=wiring.seed is not None),
        stopping=wiring.stopping,
        workforce=shared is not None,
        queue=queue if shared else None,
        lead_ms=shared.lead_ms if shared else LEAD_MS,
        tidy=tidying.now_and_then,
    )


def make_workforce(
    wiring: Wiring,
    store: UnitOfWorkFactory,
    rules: Rules,
    tokens: TokenIssuer,
    queue: ExecutionQueue,
    snapshots: Snapshots | None,
    meter: UsageMeter,
) -> Workforce | None:
    if wiring.services is None:
        return None
    return Workforce(
        store=store,
        rules=rules,
        tokens=tokens,
        queue=queue,
        lease_ms=wiring.services.lease_ms,
        snapshots=snapshots is not None,
        samples=Samples(meter),
    )


class RemoteDesk(WorkerDesk, Protocol):
    """The desk of a worker that has to say who it is, and what it has room for."""

    lease_seconds: float

    def sign_on(
        self, cpu_cores: float, memory_mb: float, slots: int, *, draining: bool = False
    ) -> Mapping[str, Any]: ...

    def sign_off(self) -> None: ...

    def needless(self, standings: Standings) -> Collection[AgentId]: ...


def remote_desk(url: str, token: str, worker: str) -> RemoteDesk:
    """The desk of a worker at the API that answers at ``url``."""
    from syntropism.adapters.rest.client import Caller
    from syntropism.adapters.rest.worker_desk import HttpDesk

    return HttpDesk(Caller(url, token, timeout_seconds=DESK_SECONDS_MAX), worker)
