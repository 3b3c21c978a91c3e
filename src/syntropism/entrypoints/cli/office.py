"""The operator's office: one project, its economy, and where answers are shown."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from attrs import evolve, frozen

from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.entrypoints.cli.exits import Failure
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.project import Project, load_project
from syntropism.entrypoints.settings import Settings
from syntropism.entrypoints.wiring import NatsOptions, ServerBounds, Wiring

AGAIN_SECONDS = 60.0


NATS_PORT: Final = 4222


@frozen
class Office:
    """What a command works with."""

    project: Project
    container: Container
    show: Show

    @property
    def operators(self) -> OperatorService:
        """The operator side of the economy."""
        service: OperatorService = self.container.operators()
        return service

    @property
    def store(self) -> UnitOfWorkFactory:
        """Everything that is kept."""
        store: UnitOfWorkFactory = self.container.store()
        return store


@contextmanager
def office(
    folder: Path | None, *, as_json: bool = False, persona: str | None = None
) -> Iterator[Office]:
    """The office of the project in ``folder`` (default: the current one), in which there must
    be an economy; ``persona`` is a scripted human.

    Raises:
        SettingsError: there is no project, or its settings cannot be used.
        Failure: there is no economy in it yet.
        StorageFailed: its database cannot be used.
    """
    project = load_project(folder or Path.cwd())
    container = container_of(project, Wiring(persona=persona))
    if container.schema_found() is None:
        raise Failure(
            f"there is no economy in {project.folder} yet: `syntropism run` founds it, or "
            "`syntropism agents create`"
        )
    with opened(project, container, as_json=as_json) as open_office:
        yield open_office


@contextmanager
def opened(project: Project, container: Container, *, as_json: bool) -> Iterator[Office]:
    """An office of ``container``; its store is closed in the end."""
    log_to_stderr(project.settings.log.level)
    office = Office(project, container, Show(as_json=as_json))
    store = office.store
    try:
        yield office
    finally:
        close = getattr(store, "close", None)
        if close is not None:
            close()


def container_of(project: Project, wiring: Wiring) -> Container:
    """Everything that ``project`` needs; of ``wiring`` what settings do not say."""
    storage = project.settings.storage
    return Container(
        wiring=evolve(
            wiring,
            parameters=project.parameters,
            database=storage.database_url,
            server=ServerBounds(
                connections_max=storage.connections_max,
                statement_ms=int(storage.statement_timeout_seconds * 1000),
                lock_ms=int(storage.lock_timeout_seconds * 1000),
                clock_skew_ms=int(storage.clock_skew_seconds_max * 1000),
            ),
            folder=project.kept,
            keep_dead=timedelta(days=storage.keep_dead_days),
            image=project.settings.execution.image,
            runtime=project.settings.execution.runtime,
            network=project.settings.execution.network,
            network_pool=project.settings.execution.network_pool,
            nats=_nats_for_agents(project.settings),
            messaging=_messaging(project.settings),
        )
    )


def _messaging(settings: Settings) -> NatsOptions | None:
    found = settings.nats
    if found.url == "none":
        return None
    return NatsOptions(
        url=found.url,
        events_hours=found.events_hours,
        replicas=found.replicas,
        queue=found.queue == "jetstream",
        snapshots=found.snapshots,
        signing_key="" if found.signing_key == "none" else found.signing_key,
        account=found.account,
    )


def _nats_for_agents(settings: Settings) -> str:
    """Where gateways of isolated networks lead: the server of ``nats.url``, if it asks us who
    agents are (any other would let them hear, and delete, everything) and speaks plainly (a
    certificate of its own name is not the gateway's)."""
    url = settings.nats.url
    if settings.nats.signing_key == "none" or not url.startswith("nats://"):
        return ""
    found = urlsplit(url)
    return f"{found.hostname or '127.0.0.1'}:{found.port or NATS_PORT}"


def log_to_stderr(level: str) -> None:
    """Our own log, one line per record, on standard error; traces only at ``debug``."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(traces=level == "debug"))
    if level != "debug":
        handler.addFilter(NotAgain())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if level == "debug":
        logging.getLogger("asyncio").setLevel(logging.INFO)


class NotAgain(logging.Filter):
    """What was said less than a minute ago is not said again: one trouble, one line, even if
    every window meets it."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it."""
        message, now = record.getMessage(), record.created
        self._said = {one: at for one, at in self._said.items() if now - at < AGAIN_SECONDS}
        if message in self._said:
            return False
        self._said[message] = now
        return True


class OneLine(logging.Formatter):
    """``warning: message``, without the trace unless traces are wanted."""

    def __init__(self, *, traces: bool) -> None:
        super().__init__("%(levelname)s: %(message)s")
        self._traces = traces

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        line = f"{record.levelname.lower()}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            if self._traces:
                return f"{line}\n{self.formatException(record.exc_info)}"
            line += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        return " ".join(line.split())
