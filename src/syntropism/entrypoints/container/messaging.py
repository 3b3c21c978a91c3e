"""What goes over NATS, where there is one: the queue, meters and snapshots."""

from collections.abc import Callable
from importlib.util import find_spec
from secrets import token_hex
from typing import Any, Final

from syntropism.adapters.memory.usage import MemoryMeter
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.snapshots import Snapshots
from syntropism.application.ports.unit_of_work import StorageAway, UnitOfWorkFactory
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.row_queue import RowQueue
from syntropism.entrypoints.wiring import CannotServe, NatsOptions, Wiring

CLAIM_LEASES: Final = 2
"""For how many leases a worker is believed to have heard of a window: what was told and got lost
on its way is told again after so long, to anybody."""


def make_snapshots(wiring: Wiring, objects: Callable[[], Snapshots]) -> Snapshots | None:
    options = wiring.messaging
    if options is None or not options.snapshots or wiring.services is None:
        return None
    return objects()


def make_objects(wiring: Wiring) -> Snapshots:
    options = wiring.messaging
    assert options is not None, "objects are kept by NATS"
    link = link_to(options, "snapshots")
    from syntropism.adapters.nats.snapshots import JetStreamSnapshots

    return JetStreamSnapshots(link, replicas=options.replicas)


def make_queue(wiring: Wiring, store: UnitOfWorkFactory) -> ExecutionQueue:
    options = wiring.messaging
    if options is None or not options.queue or wiring.services is None:
        return RowQueue(store)
    link = link_to(options, "queue")
    from syntropism.adapters.nats.work_queue import JetStreamQueue

    seconds = CLAIM_LEASES * wiring.services.lease_ms / 1000
    return JetStreamQueue(link, claim_seconds=seconds, replicas=options.replicas)


def make_reach(wiring: Wiring) -> Callable[[], None]:
    """What finds out whether NATS is there, for a process that could do nothing without: one
    that offers windows over its queue, or a worker whose workspaces travel through it. It raises
    ``StorageAway`` while nobody answers, and ``CannotServe`` where waiting does not help."""
    options, services = wiring.messaging, wiring.services
    needed = options is not None and (options.snapshots or (options.queue and not _works(wiring)))
    if options is None or services is None or not needed:
        return lambda: None
    link = link_to(options, "reach")
    from syntropism.adapters.nats.link import Unreachable, Unusable

    def reach() -> None:
        try:
            link.open()
        except Unreachable as problem:
            raise StorageAway(str(problem)) from None
        except Unusable as problem:
            raise CannotServe(str(problem)) from None
        if not link.connected:
            raise StorageAway(f"no NATS server answers at {link.shown}")

    return reach


def _works(wiring: Wiring) -> bool:
    return wiring.services is not None and bool(wiring.services.worker)


def link_to(options: NatsOptions, purpose: str) -> Any:
    """A link to the NATS server, under a name that says what for.

    Raises:
        CannotServe: the extra `nats` is not installed.
    """
    require_nats()
    from syntropism.adapters.nats.link import Link

    return Link(options.url, f"syntropism-{purpose}-{token_hex(8)}")


def require_nats() -> None:
    """Raises:
    CannotServe: the extra `nats` is not installed.
    """
    if find_spec("nats") is None:
        raise CannotServe("nats.url is set, and needs its extra: pip install 'syntropism[nats]'")


def make_meter(wiring: Wiring) -> UsageMeter:
    options = wiring.messaging
    if options is None or wiring.seed is not None or find_spec("nats") is None:
        return MemoryMeter()
    link = link_to(options, "meter")
    from syntropism.adapters.nats.usage import KvMeter

    return KvMeter(link, replicas=options.replicas)
