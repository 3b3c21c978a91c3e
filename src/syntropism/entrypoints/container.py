"""The one place that knows dependency-injector and every adapter."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from attrs import asdict
from dependency_injector import containers, providers

from syntropism.adapters.docker import DockerOptions, DockerSandbox, ImageBuilder
from syntropism.adapters.docker.client import daemon_in_sight
from syntropism.adapters.docker.options import IMAGE, NETWORK_POOL
from syntropism.adapters.filesystem.snapshots import FilesystemSnapshotFolders
from syntropism.adapters.filesystem.workspaces import FilesystemWorkspaces
from syntropism.adapters.human.scripted import ScriptedHuman
from syntropism.adapters.inprocess.sandbox import InProcessSandbox
from syntropism.adapters.memory.queue import MemoryQueue
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.memory.usage import MemoryMeter
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.process import SANDBOX_UID, HostFiles, ProcessSandbox
from syntropism.adapters.relay.debug import BRIDGE, LoopbackDebugRelay
from syntropism.adapters.relay.direct import DirectRelay, LocalApi
from syntropism.adapters.relay.threaded import ThreadedSocketRelay
from syntropism.adapters.sql.engines import engine_version
from syntropism.adapters.sql.migrations import current, head, upgrade
from syntropism.adapters.sql.server import ServerOptions
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.adapters.system.keys import load_tokens, new_secret
from syntropism.adapters.system.lock import FolderLock
from syntropism.application.consuming import Consumer
from syntropism.application.cycle import LEAD_MS, AllocationCycle
from syntropism.application.desk import Desk
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.clearing_engine import ClearingEngine, ReferenceEngine
from syntropism.application.ports.clock import Clock, Ids
from syntropism.application.ports.debugging import Debugging
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.human import HumanChannel
from syntropism.application.ports.instances import InstanceFormat, Problem
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import Sandbox
from syntropism.application.ports.snapshots import Snapshots
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.ports.worker_desk import WorkerDesk
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.publishing import Outbox
from syntropism.application.queries.report import Tables
from syntropism.application.row_queue import RowQueue
from syntropism.application.rules import Rules
from syntropism.application.snapshot_garbage import SnapshotGarbage
from syntropism.application.snapshotting import SnapshotKeeper
from syntropism.application.system_service import SystemService
from syntropism.application.worker import Worker
from syntropism.application.workforce import Workforce
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.identifiers import WorkerId
from syntropism.domain.market.book import Book
from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.presets import Preset, preset
from syntropism.domain.market.resources import Rates
from syntropism.domain.market.rounds import RoundResult
from syntropism.domain.market.solving import Solution
from syntropism.entrypoints.clearing import with_its_rules
from syntropism.entrypoints.locking import BothLocks, Lock
from syntropism.entrypoints.wiring import MEMORY, SQLITE, CannotServe, Wiring, on_server

DESK_SECONDS_MAX: Final = 10.0
"""How long a worker waits for one answer of the API."""

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where an API that listens everywhere is found on this machine."""

LARGE: Final = 500
"""From so many bids on, loading NumPy pays."""

EMBEDDED: Final = WorkerId("embedded")
"""The one worker of an economy in one process."""

Served = dict[tuple[str, int], LocalApi]
"""The APIs of this process, by the address where its sandboxes look for them."""

SDK_FILE: Final = Path(__file__).parent.parent / "agent_sdk" / "syntropism_sdk.py"


def _clock(wiring: Wiring) -> Clock:
    return SystemClock() if wiring.seed is None else SimulatedClock()


def _ids(wiring: Wiring, clock: Clock) -> Ids:
    return SystemIds() if wiring.seed is None else SeededIds(wiring.seed, clock)


def _store(wiring: Wiring, clock: Clock) -> UnitOfWorkFactory:
    if wiring.database == MEMORY:
        return MemoryStore(clock)
    timed = None if wiring.seed is None else clock  # the database has a clock of its own
    return SqlStore(wiring.database, timed, options=_server_options(wiring))


def _server_options(wiring: Wiring) -> ServerOptions:
    return ServerOptions(**asdict(wiring.server))


def _workspaces(wiring: Wiring) -> Workspaces:
    if wiring.folder is None:
        return MemoryWorkspaces()
    return FilesystemWorkspaces(wiring.folder / "workspaces", _owner())


def _owner() -> tuple[int, int] | None:
    """Who agents are on this host, if not we ourselves."""
    return (SANDBOX_UID, SANDBOX_UID) if os.geteuid() == 0 else None


def _snapshots(wiring: Wiring) -> Snapshots | None:
    options = wiring.messaging
    if options is None or not options.snapshots or wiring.services is None:
        return None
    _require_nats()
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.snapshots import JetStreamSnapshots

    link = Link(options.url, f"syntropism-snapshots-{token_hex(8)}")
    return JetStreamSnapshots(link, replicas=options.replicas)


def _keeper(
    wiring: Wiring, snapshots: Snapshots | None, workspaces: Workspaces
) -> SnapshotKeeper | None:
    if snapshots is None:
        return None
    assert wiring.folder is not None, "services have a folder"
    folders = FilesystemSnapshotFolders(wiring.folder / "workspaces", _owner())
    return SnapshotKeeper(snapshots=snapshots, folders=folders, workspaces=workspaces)


def _garbage(store: UnitOfWorkFactory, snapshots: Snapshots | None) -> SnapshotGarbage | None:
    return None if snapshots is None else SnapshotGarbage(store, snapshots)


def _tokens(wiring: Wiring) -> TokenIssuer:
    return load_tokens(wiring.folder / "signing-key.pem" if wiring.folder else None)


def _sandbox(
    wiring: Wiring,
    service: Callable[[], SystemService],
    workspaces: Workspaces,
    relay: SocketRelay,
) -> Sandbox:
    """``service`` opens the store, which a look at the sandbox must not."""
    if wiring.sandbox == "inprocess":
        return InProcessSandbox(service(), workspaces, wiring.behaviours)
    if wiring.sandbox == "docker":
        return _docker(wiring, relay)
    if wiring.sandbox == "auto" and daemon_in_sight():
        containers = _docker(wiring, relay)
        if containers.probe().available:
            return containers
        containers.close()
    return _processes(wiring, relay)


def _relay(served: Served) -> SocketRelay:
    """An API of this process is led to straight; to others, and to NATS, bytes are carried."""
    return DirectRelay(served.get, ThreadedSocketRelay())


def _processes(wiring: Wiring, relay: SocketRelay) -> ProcessSandbox:
    return ProcessSandbox(_run_folder(wiring), SDK_FILE, relay)


def _run_folder(wiring: Wiring) -> Path:
    """Where a worker keeps what its windows need: each its own, so that it can sweep."""
    assert wiring.folder is not None, "windows need a folder"
    worker = wiring.services.worker if wiring.services else ""
    return wiring.folder / "workers" / worker / "run" if worker else wiring.folder / "run"


def _docker(wiring: Wiring, relay: SocketRelay) -> DockerSandbox:
    options = _docker_options(wiring)
    return DockerSandbox(_run_folder(wiring), SDK_FILE, relay, HostFiles(), options)


def _docker_options(wiring: Wiring) -> DockerOptions:
    host, _, port = wiring.nats.rpartition(":")
    return DockerOptions(
        image=wiring.image or IMAGE,
        runtime=wiring.runtime,
        network=wiring.network,
        network_pool=wiring.network_pool or NETWORK_POOL,
        nats=(host, int(port)) if port else None,
    )


def _image_builder(wiring: Wiring) -> ImageBuilder:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    options = _docker_options(wiring)
    return ImageBuilder(options=options, sdk_file=SDK_FILE, cache=cache / "syntropism")


def _cleanup(wiring: Wiring, relay: SocketRelay, older_than_seconds: float) -> int:
    """Of every provider that can run here, whichever is chosen now."""
    removed = _processes(wiring, relay).cleanup(older_than_seconds)
    if daemon_in_sight():
        containers = _docker(wiring, relay)
        removed += containers.cleanup(older_than_seconds)
        containers.close()
    return removed


def _human(wiring: Wiring) -> HumanChannel | None:
    return ScriptedHuman(wiring.persona, wiring.seed or 0) if wiring.persona else None


def _worker(
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


def _queue(wiring: Wiring, store: UnitOfWorkFactory) -> ExecutionQueue:
    options = wiring.messaging
    if options is None or not options.queue or wiring.services is None:
        return RowQueue(store)
    _require_nats()
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.work_queue import JetStreamQueue

    link = Link(options.url, f"syntropism-queue-{token_hex(8)}")
    return JetStreamQueue(link, replicas=options.replicas)


def _require_nats() -> None:
    if find_spec("nats") is None:
        raise CannotServe("nats.url is set, and needs its extra: pip install 'syntropism[nats]'")


def _meter(wiring: Wiring) -> UsageMeter:
    options = wiring.messaging
    if options is None or wiring.seed is not None or find_spec("nats") is None:
        return MemoryMeter()
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.usage import KvMeter

    return KvMeter(Link(options.url, f"syntropism-meter-{token_hex(8)}"), replicas=options.replicas)


def _debug_relay(wiring: Wiring) -> LoopbackDebugRelay:
    return LoopbackDebugRelay(wiring.debug_port or 0)


def _cycle(
    wiring: Wiring,
    store: UnitOfWorkFactory,
    rules: Rules,
    clock: Clock,
    workspaces: Workspaces,
    worker: Callable[[], Worker],
    human: HumanChannel | None,
    queue: ExecutionQueue,
    garbage: SnapshotGarbage | None,
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
        engine=_FasterWhenItMatters(repeatable=wiring.seed is not None),
        stopping=wiring.stopping,
        workforce=shared is not None,
        queue=queue if shared else None,
        lead_ms=shared.lead_ms if shared else LEAD_MS,
        tidy=garbage.now_and_then if garbage else lambda: None,
    )


def _workforce(
    wiring: Wiring,
    store: UnitOfWorkFactory,
    rules: Rules,
    tokens: TokenIssuer,
    queue: ExecutionQueue,
    snapshots: Snapshots | None,
) -> Workforce | None:
    if wiring.services is None:
        return None
    return Workforce(store, rules, tokens, queue, wiring.services.lease_ms, snapshots is not None)


def _lock(wiring: Wiring) -> Lock | None:
    if wiring.folder is None:
        return None
    shared = wiring.services is not None
    if on_server(wiring.database):  # whichever machine it is run on
        from syntropism.adapters.sql.postgres_lock import DatabaseLock  # the extra `postgres`

        database = DatabaseLock(wiring.database, _server_options(wiring), shared=shared)
        return BothLocks(FolderLock(wiring.folder / "lock", shared=shared), database)
    paths = [wiring.folder / "lock"]
    if wiring.database.startswith(SQLITE):  # whichever folder it is run with
        paths.append(Path(f"{wiring.database.removeprefix(SQLITE)}.lock"))
    return FolderLock(*paths, shared=shared)


class RemoteDesk(WorkerDesk, Protocol):
    """The desk of a worker that has to say who it is, and what it has room for."""

    lease_seconds: float

    def sign_on(
        self, cpu_cores: float, memory_mb: float, slots: int, *, draining: bool = False
    ) -> Mapping[str, Any]: ...

    def sign_off(self) -> None: ...


def worker_lock(folder: Path, worker: str) -> FolderLock:
    """Proves that nobody else below ``folder`` is called ``worker``."""
    return FolderLock(folder / "workers" / worker / "lock")


class Serving(Protocol):
    """A door at work."""

    @property
    def address(self) -> str:
        """``http://host:port``, or the NATS server."""
        ...

    def stop(self) -> None:
        """Ends it; repeatable."""
        ...


def _serve(
    wiring: Wiring,
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    workforce: Workforce | None,
    served: Served,
    *,
    host: str,
    port: int,
    config: Callable[[], Mapping[str, Any]],
    version: str,
) -> Serving:
    # Imported when it is needed: the web framework takes longer than most commands.
    from syntropism.adapters.rest.app import create_app
    from syntropism.adapters.rest.server import CannotListen, serve_in_thread

    app = create_app(
        service,
        operators,
        tokens,
        clock,
        config,
        version,
        embedded=not on_server(wiring.database),
        workforce=workforce,
    )
    try:
        server = serve_in_thread(app, host, port)
    except CannotListen as problem:
        raise CannotServe(str(problem)) from None
    served[found_at(server.address)] = server
    return server


def found_at(address: str) -> tuple[str, int]:
    """Where on this machine the API is found that listens at ``http://host:port``."""
    found = urlsplit(address)
    assert found.hostname is not None and found.port is not None, "an address of ours"
    return _EVERYWHERE.get(found.hostname, found.hostname), found.port


def _connect(
    wiring: Wiring,
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    *,
    version: str,
) -> Serving | None:
    if wiring.messaging is None or wiring.seed is not None:  # a simulation is nobody else's news
        return None
    _require_nats()
    from syntropism.adapters.nats.gateway import Gateway
    from syntropism.adapters.nats.link import Unusable

    try:
        gateway: Gateway = _gateway(wiring, service, operators, tokens, clock, version)
        gateway.start()
    except Unusable as problem:
        raise CannotServe(str(problem)) from None
    return gateway


def _gateway(
    wiring: Wiring,
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    version: str,
) -> Any:
    from syntropism.adapters.nats.callout import Callout, Signer
    from syntropism.adapters.nats.consuming import ConsumingPart
    from syntropism.adapters.nats.door import Door
    from syntropism.adapters.nats.gateway import Gateway, Part
    from syntropism.adapters.nats.link import Link
    from syntropism.adapters.nats.parts import PublishingPart
    from syntropism.adapters.nats.prices import BUCKET, DISCOVERED, PriceBoard
    from syntropism.adapters.nats.publisher import JetStreamPublisher
    from syntropism.adapters.nats.values import Values
    from syntropism.adapters.rest.app import create_app

    options = wiring.messaging
    assert options is not None, "there is no NATS"
    name = f"syntropism-{token_hex(8)}"
    link = Link(options.url, name)
    # The handlers of the HTTP door, on the loop of the link: a second application, so that the
    # two loops share nothing but the use cases.
    embedded = not on_server(wiring.database)
    application = create_app(service, operators, tokens, clock, version=version, embedded=embedded)
    guarded = bool(options.signing_key)
    kept = timedelta(hours=options.events_hours)
    publisher = JetStreamPublisher(link, kept, options.replicas)
    board = PriceBoard(Values(link, BUCKET, replicas=options.replicas))
    parts: list[Part] = [
        Door(link, application, tokens, clock.now, version, guarded),
        PublishingPart(publisher, Outbox(service.store, publisher, name)),
        ConsumingPart(link, Consumer(service.store, "prices", board), DISCOVERED, kept),
    ]
    if guarded:
        signer = Signer(options.signing_key)
        parts.append(Callout(link, signer, tokens, clock.now, options.account))
    return Gateway(link, parts)


def _write_html(*arguments: Any) -> str:
    from syntropism.adapters.report.html import write_html  # matplotlib is slow to import

    return write_html(*arguments)


def _export(tables: Tables, folder: Path, format: str) -> list[Path]:
    from syntropism.adapters.report.export import export

    return export(tables, folder, format)


def remote_desk(url: str, token: str, worker: str) -> RemoteDesk:
    """The desk of a worker at the API that answers at ``url``."""
    from syntropism.adapters.rest.client import Caller
    from syntropism.adapters.rest.worker_desk import HttpDesk

    return HttpDesk(Caller(url, token, timeout_seconds=DESK_SECONDS_MAX), worker)


def clearing_engine(time_limit_seconds: float = 1.0, *, repeatable: bool = False) -> ClearingEngine:
    """The fastest engine that what is installed allows. A ``repeatable`` one gives the same
    answer on every machine, so it has no time limit, and no HiGHS."""
    engine: ClearingEngine = ReferenceEngine()
    if find_spec("numpy") is not None:
        from syntropism.adapters.clearing.numpy_engine import NumpyEngine  # the extra `market`

        engine = NumpyEngine(engine)
    if not repeatable and find_spec("highspy") is not None:
        from syntropism.adapters.clearing.highs_engine import HighsEngine

        engine = HighsEngine(engine, time_limit_seconds)
    return engine


class _FasterWhenItMatters:
    """The engine of an economy: no library is loaded before a clearing gains from it."""

    def __init__(self, *, repeatable: bool) -> None:
        self._repeatable = repeatable
        self._reference = ReferenceEngine()
        self._faster: ClearingEngine | None = None

    def solve(self, instance: Instance, rules: Preset) -> Solution:
        return self._engine(len(instance.candidates), rules).solve(instance, rules)

    def clear_round(
        self,
        book: Book,
        free: Rates,
        prices: Sequence[int],
        parameters: EconomicParameters,
        held: Rates,
    ) -> RoundResult:
        engine = self._engine(len(book), preset(parameters.preset))
        return engine.clear_round(book, free, prices, parameters, held)

    def _engine(self, bids: int, rules: Preset) -> ClearingEngine:
        searching = rules.clearing in ("exact", "auto") and not self._repeatable
        if bids < LARGE and not searching:
            return self._reference
        if self._faster is None:
            self._faster = clearing_engine(repeatable=self._repeatable)
        return self._faster


def instance_formats() -> dict[str, InstanceFormat]:
    """How instance files are read and written, by name."""
    from syntropism.adapters.instances import cats, json_format, orlib

    return {
        name: InstanceFormat(module.read, module.write)
        for name, module in (("json", json_format), ("orlib", orlib), ("cats", cats))
    }


def generate_instance(family: str, bids: int, resources: int, seed: int) -> Problem:
    """An instance of a family, repeatable from its seed."""
    from syntropism.adapters.instances.generating import generate

    return generate(family, bids, resources, seed)


def message_queue(seconds: Callable[[], float]) -> ExecutionQueue:
    """A broker of messages in this process, on a clock of its own."""
    return MemoryQueue(seconds)


class Container(containers.DeclarativeContainer):
    """Every part of an economy, made when first asked for."""

    wiring = providers.Dependency(instance_of=Wiring)
    clock = providers.ThreadSafeSingleton(_clock, wiring)
    ids = providers.ThreadSafeSingleton(_ids, wiring, clock)
    rules = providers.ThreadSafeSingleton(
        Rules, providers.Callable(with_its_rules, wiring.provided.parameters), ids
    )
    store = providers.ThreadSafeSingleton(_store, wiring, clock)
    workspaces = providers.ThreadSafeSingleton(_workspaces, wiring)
    tokens = providers.ThreadSafeSingleton(_tokens, wiring)
    meter = providers.ThreadSafeSingleton(_meter, wiring)
    service = providers.ThreadSafeSingleton(SystemService, store, rules, meter)
    operators = providers.ThreadSafeSingleton(OperatorService, store, rules, workspaces)
    served: providers.Provider[Served] = providers.ThreadSafeSingleton(dict)
    relay = providers.ThreadSafeSingleton(_relay, served)
    sandbox = providers.ThreadSafeSingleton(_sandbox, wiring, service.provider, workspaces, relay)
    human = providers.ThreadSafeSingleton(_human, wiring)
    service_address = providers.Object(("127.0.0.1", 0))
    """Where the API listens; set (overridden) once it does."""
    queue = providers.ThreadSafeSingleton(_queue, wiring, store)
    desk = providers.ThreadSafeSingleton(
        Desk,
        worker_id=EMBEDDED,
        store=store,
        rules=rules,
        tokens=tokens,
        queue=queue,
        debugged=wiring.provided.debug_order,
    )
    debug_relay = providers.ThreadSafeSingleton(_debug_relay, wiring)
    """Where editors attach; listens once it is started."""
    worker = providers.ThreadSafeSingleton(
        _worker, wiring, desk, sandbox, workspaces, service_address, debug_relay, meter
    )
    snapshots = providers.ThreadSafeSingleton(_snapshots, wiring)
    """Where workspaces travel through; ``None`` where they are used in place."""
    keeper = providers.ThreadSafeSingleton(_keeper, wiring, snapshots, workspaces)
    garbage = providers.ThreadSafeSingleton(_garbage, store, snapshots)
    cycle = providers.ThreadSafeSingleton(
        _cycle, wiring, store, rules, clock, workspaces, worker.provider, human, queue, garbage
    )
    image_builder = providers.Factory(_image_builder, wiring)
    clean_sandboxes = providers.Callable(_cleanup, wiring, relay)
    """Removes what crashed workers left behind, in every provider; tells how many things."""
    html_writer = providers.Object(_write_html)
    lock = providers.ThreadSafeSingleton(_lock, wiring)
    workforce = providers.ThreadSafeSingleton(
        _workforce, wiring, store, rules, tokens, queue, snapshots
    )
    serve = providers.Callable(_serve, wiring, service, operators, tokens, clock, workforce, served)
    """Serves the API from a thread; raises ``CannotServe``."""
    connect = providers.Callable(_connect, wiring, service, operators, tokens, clock)
    """Connects this economy to NATS, if there is one; raises ``CannotServe``."""
    new_secret = providers.Callable(new_secret)
    export = providers.Callable(_export)
    schema_found = providers.Callable(current, wiring.provided.database)
    """The revision of the database; ``None`` while there is none."""
    schema_known = providers.Callable(head)
    upgrade_schema = providers.Callable(upgrade, wiring.provided.database)
    database_engine = providers.Callable(engine_version)
