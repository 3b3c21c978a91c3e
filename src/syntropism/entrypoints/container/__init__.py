"""The one place that knows dependency-injector and every adapter.

The modules beside this one make the parts; here they are put together.
"""

from dependency_injector import containers, providers

from syntropism.adapters.sql.engines import engine_version
from syntropism.adapters.sql.migrations import current, head, upgrade
from syntropism.adapters.system.keys import new_secret
from syntropism.application.desk import Desk
from syntropism.application.operator_service import OperatorService
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.entrypoints.clearing import with_its_rules
from syntropism.entrypoints.container.clearing import (
    clearing_engine,
    generate_instance,
    instance_formats,
)
from syntropism.entrypoints.container.doors import (
    Messaging,
    Serving,
    connect,
    found_at,
    serve,
)
from syntropism.entrypoints.container.messaging import (
    make_meter,
    make_objects,
    make_queue,
    make_reach,
    make_snapshots,
)
from syntropism.entrypoints.container.reports import write_html, write_tables
from syntropism.entrypoints.container.sandboxes import (
    SDK_FILE,
    Served,
    clean_sandboxes,
    make_debug_relay,
    make_image_builder,
    make_relay,
    make_sandbox,
)
from syntropism.entrypoints.container.simulating import (
    Host,
    Stream,
    message_queue,
    object_store,
)
from syntropism.entrypoints.container.storage import (
    make_clock,
    make_ids,
    make_lock,
    make_store,
    make_tokens,
    worker_lock,
)
from syntropism.entrypoints.container.working import (
    EMBEDDED,
    RemoteDesk,
    make_cycle,
    make_human,
    make_worker,
    make_workforce,
    remote_desk,
)
from syntropism.entrypoints.container.workspaces import (
    make_folders,
    make_keeper,
    make_shown,
    make_tidying,
    make_workspaces,
)
from syntropism.entrypoints.wiring import Wiring

__all__ = [
    "SDK_FILE",
    "Container",
    "Host",
    "Messaging",
    "RemoteDesk",
    "Serving",
    "Stream",
    "clearing_engine",
    "found_at",
    "generate_instance",
    "instance_formats",
    "message_queue",
    "object_store",
    "remote_desk",
    "worker_lock",
]


class Container(containers.DeclarativeContainer):
    """Every part of an economy, made when first asked for."""

    wiring = providers.Dependency(instance_of=Wiring)
    clock = providers.ThreadSafeSingleton(make_clock, wiring)
    ids = providers.ThreadSafeSingleton(make_ids, wiring, clock)
    rules = providers.ThreadSafeSingleton(
        Rules, providers.Callable(with_its_rules, wiring.provided.parameters), ids
    )
    store = providers.ThreadSafeSingleton(make_store, wiring, clock)
    workspaces = providers.ThreadSafeSingleton(make_workspaces, wiring)
    tokens = providers.ThreadSafeSingleton(make_tokens, wiring)
    meter = providers.ThreadSafeSingleton(make_meter, wiring)
    service = providers.ThreadSafeSingleton(SystemService, store, rules, meter)
    objects = providers.ThreadSafeSingleton(make_objects, wiring)
    """Where snapshots are kept; to be asked for only where there are any."""
    shown = providers.ThreadSafeSingleton(make_shown, wiring, store, objects.provider, workspaces)
    """The workspaces of agents, as operators see them."""
    operators = providers.ThreadSafeSingleton(OperatorService, store, rules, shown)
    served: providers.Provider[Served] = providers.ThreadSafeSingleton(dict)
    relay = providers.ThreadSafeSingleton(make_relay, served)
    sandbox = providers.ThreadSafeSingleton(
        make_sandbox, wiring, service.provider, workspaces, relay
    )
    human = providers.ThreadSafeSingleton(make_human, wiring)
    service_address = providers.Object(("127.0.0.1", 0))
    """Where the API listens; set (overridden) once it does."""
    queue = providers.ThreadSafeSingleton(make_queue, wiring, store)
    desk = providers.ThreadSafeSingleton(
        Desk,
        worker_id=EMBEDDED,
        store=store,
        rules=rules,
        tokens=tokens,
        queue=queue,
        debugged=wiring.provided.debug_order,
    )
    debug_relay = providers.ThreadSafeSingleton(make_debug_relay, wiring)
    """Where editors attach; listens once it is started."""
    worker = providers.ThreadSafeSingleton(
        make_worker, wiring, desk, sandbox, workspaces, service_address, debug_relay, meter
    )
    snapshots = providers.ThreadSafeSingleton(make_snapshots, wiring, objects.provider)
    """Where workspaces travel through; ``None`` where they are used in place."""
    folders = providers.Callable(make_folders, wiring)
    """The workspaces of this host, as far as they stand for snapshots."""
    keeper = providers.ThreadSafeSingleton(make_keeper, wiring, snapshots, workspaces)
    tidying = providers.ThreadSafeSingleton(make_tidying, wiring, store, workspaces, snapshots)
    cycle = providers.ThreadSafeSingleton(
        make_cycle, wiring, store, rules, clock, workspaces, worker.provider, human, queue, tidying
    )
    image_builder = providers.Factory(make_image_builder, wiring)
    clean_sandboxes = providers.Callable(clean_sandboxes, wiring, relay)
    """Removes what crashed workers left behind, in every provider; tells how many things."""
    html_writer = providers.Object(write_html)
    lock = providers.ThreadSafeSingleton(make_lock, wiring)
    workforce = providers.ThreadSafeSingleton(
        make_workforce, wiring, store, rules, tokens, queue, snapshots, meter
    )
    serve = providers.Callable(serve, wiring, service, operators, tokens, clock, workforce, served)
    """Serves the API from a thread; raises ``CannotServe``."""
    connect = providers.Callable(connect, wiring, service, operators, tokens, clock)
    """Connects this economy to NATS, if there is one; raises ``CannotServe``."""
    reach = providers.ThreadSafeSingleton(make_reach, wiring)
    """Looks whether NATS is there, for a process that could do nothing without it."""
    new_secret = providers.Callable(new_secret)
    export = providers.Callable(write_tables)
    schema_found = providers.Callable(current, wiring.provided.database)
    """The revision of the database; ``None`` while there is none."""
    schema_known = providers.Callable(head)
    upgrade_schema = providers.Callable(upgrade, wiring.provided.database)
    database_engine = providers.Callable(engine_version)
