"""What an economy is to be made of; the container makes it so."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from syntropism.application.ports.debugging import DebugOrder
from syntropism.application.remains import KEEP
from syntropism.domain.economy.parameters import EconomicParameters

MEMORY: Final = "memory"
"""The database that is none: everything is kept in memory."""

SQLITE: Final = "sqlite:///"
"""How the URL of a database in a file begins; the path follows."""

POSTGRES: Final = ("postgresql:", "postgresql+psycopg:", "postgres:")
"""How the URL of a database on a PostgreSQL server begins."""

Behaviours = Callable[[str, dict[str, bytes]], Callable[[Any], object] | None]
"""The function of an agent, by its id and its sources; ``None`` if there is none."""


def _no_behaviour(_agent_id: str, _files: dict[str, bytes]) -> None:
    return None


@frozen(slots=True, kw_only=True)
class NatsOptions:
    """Where NATS is, how long events are kept there, and on how many of its servers; ``queue``
    says that it tells workers of queued windows, ``snapshots`` that workspaces travel through it,
    where several services share them. With a
    ``signing_key`` (a seed) we tell the server who may connect, as whom in ``account``."""

    url: str
    events_hours: int = 168
    replicas: int = 1
    queue: bool = False
    snapshots: bool = False
    signing_key: str = ""
    account: str = ""


@frozen(slots=True, kw_only=True)
class ServerBounds:
    """Bounds on the work with a database server: connections of this process, milliseconds of a
    statement and of waiting for a lock, and how far the clocks of both machines may be apart."""

    connections_max: int = 10
    statement_ms: int = 60_000
    lock_ms: int = 20_000
    clock_skew_ms: int = 2_000


@frozen(slots=True, kw_only=True)
class ServicesWiring:
    """What the processes of one economy agree upon: for how many milliseconds an orchestrator
    leads, and a worker keeps its windows, without being heard of. ``worker`` names this process
    if it is one; ``execute`` is what an orchestrator does while windows are lived."""

    lead_ms: int
    lease_ms: int
    worker: str = ""
    execute: Callable[[], int] = lambda: 0


@frozen(slots=True, kw_only=True)
class Wiring:
    """``database`` is a URL or ``MEMORY``, ``server`` what bounds one that is on a server; with a
    ``seed`` time and identifiers are simulated and repeat themselves exactly. ``folder`` keeps
    keys, workspaces and locks (``None``: memory); what dead agents left is kept for ``keep_dead``.
    ``sandbox`` is ``inprocess``, ``process``, ``docker`` or ``auto`` (docker if a daemon answers
    and has ``image``, else process); ``runtime`` is the daemon's, empty for its default;
    ``network`` is its containers': ``none``, or ``isolated`` with subnets of ``network_pool``
    (empty: its default) and gateways that lead to ``nats`` too (``host:port``; empty: nowhere).
    ``persona`` is a scripted human; ``live`` says that a real one scores; ``services`` that this
    is one process of several. ``messaging`` is NATS for this process itself, ``None`` where there
    is none. With a ``debug_port`` (0: any) the agent that ``debug_order`` names runs under a
    debugger, and with ``debug_wait`` waits for an editor."""

    parameters: EconomicParameters = field(factory=EconomicParameters)
    database: str = MEMORY
    server: ServerBounds = field(factory=ServerBounds)
    seed: int | None = None
    folder: Path | None = None
    keep_dead: timedelta = KEEP
    sandbox: str = "inprocess"
    image: str = ""
    runtime: str = ""
    network: str = "none"
    network_pool: str = ""
    nats: str = ""
    persona: str | None = None
    live: bool = False
    slots: int = 1
    messaging: NatsOptions | None = None
    behaviours: Behaviours = _no_behaviour
    debug_order: DebugOrder = field(factory=DebugOrder)
    debug_port: int | None = None
    debug_wait: bool = False
    stopping: Callable[[], bool] = lambda: False
    services: ServicesWiring | None = None


class CannotServe(Exception):
    """The API cannot be served as it was asked for; one line that says why."""


def on_server(database: str) -> bool:
    """Whether a database is on a PostgreSQL server."""
    return database.startswith(POSTGRES)
