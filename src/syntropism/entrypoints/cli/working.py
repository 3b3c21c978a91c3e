"""``syntropism worker``"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.application.sweeping import HostSweep
from syntropism.application.worker import Worker
from syntropism.domain.errors import DomainError, Forbidden, NotFound, Unauthenticated
from syntropism.entrypoints.cli.exits import ENVIRONMENT, USAGE, Failure
from syntropism.entrypoints.cli.office import container_of, log_to_stderr
from syntropism.entrypoints.cli.options import HealthPortOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.cli.signals import interrupts
from syntropism.entrypoints.container import RemoteDesk, remote_desk, worker_lock
from syntropism.entrypoints.project import Project, load_project
from syntropism.entrypoints.services.clocks import ClockWatch, machine_now
from syntropism.entrypoints.services.health import Health, probes
from syntropism.entrypoints.services.patience import Patience, Stopped, when_it_answers
from syntropism.entrypoints.services.wiring import services_wiring
from syntropism.entrypoints.services.worker import Offer, Shift

WORKERS_MAX: Final = 1_000
"""How many workers of one name share a folder."""

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    api: Annotated[
        str | None, typer.Option("--api", metavar="URL", help="Where `serve` answers.")
    ] = None,
    slots: Annotated[int | None, typer.Option("--slots", help="Windows at once.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What it is called.")] = None,
    sandbox: Annotated[
        str | None, typer.Option("--sandbox", help="Where agents live: auto, docker, process.")
    ] = None,
    health_port: HealthPortOption = None,
    project: ProjectOption = None,
) -> None:
    """Live windows for an economy that is served elsewhere; any number of these can run.

    It needs a token (`token issue NAME --role worker`) in SYNTROPISM_WORKER_TOKEN, and declares
    the capacity of the settings. Ctrl-C or SIGTERM drains: it takes nothing new, lets its
    windows go on for `worker.drain_seconds`, and gives back the rest.
    """
    flags = {
        "worker.api_url": api,
        "worker.slots": slots,
        "worker.name": name,
        "execution.sandbox": sandbox,
        "services.health_port": health_port,
    }
    found = load_project(project or Path.cwd(), flags)
    log_to_stderr(found.settings.log.level)
    settings = found.settings
    address = _address(settings.worker.api_url)
    if settings.worker.token == "none":
        raise Failure(
            "a worker needs a token: `syntropism token issue NAME --role worker` where the "
            "database is, then SYNTROPISM_WORKER_TOKEN here",
            USAGE,
        )
    if settings.execution.sandbox == "inprocess":
        raise Failure(
            "agents in process live with the database, which a worker does not have: choose "
            "--sandbox process or docker",
            USAGE,
        )
    show, stop, give_back = Show(as_json=False), Event(), Event()
    clocks = ClockWatch(float(settings.storage.clock_skew_seconds_max), show.note)
    health = Health(troubles=lambda: [clocks.trouble] if clocks.trouble else [])
    with (
        _called(found) as called,
        interrupts(stop),
        probes(health, settings.services.health_host, settings.services.health_port),
    ):
        container = container_of(found, services_wiring(found, give_back, worker=called))
        provider, keeper = container.sandbox(), container.keeper()
        report = provider.probe()
        if not report.available:
            raise Failure(f"the sandbox cannot work here: {report.detail}", ENVIRONMENT)
        if report.warning:
            show.note(f"warning: {report.warning}")
        provider.cleanup(0)
        desk = remote_desk(settings.worker.api_url, settings.worker.token, called)
        offer = Offer(
            cpu_cores=float(settings.capacity.cpu_cores),
            memory_mb=float(settings.capacity.memory_mb),
            slots=settings.worker.slots,
        )
        try:
            reach = container.reach()
            with suppress(StorageAway):  # what cannot be used ends this worker before it waits
                container.reach()()
            answer = _introduce(desk, called, offer, clocks, stop, show)
            _require_agreement(keeper is not None, bool(answer.get("snapshots")))
            when_it_answers(reach, Patience(stop, show.note), stop)
            if keeper is not None:
                _sweep(
                    HostSweep(keeper.folders, desk.needless), Patience(stop, show.note), stop, show
                )
            Shift(
                desk=desk,
                worker=Worker(
                    desk=desk,
                    sandbox=provider,
                    workspaces=container.workspaces(),
                    service_address=address,
                    slots=offer.slots,
                    stopping=give_back.is_set,
                    snapshots=keeper,
                ),
                offer=offer,
                stop=stop,
                give_back=give_back,
                drain_seconds=float(settings.worker.drain_seconds),
                health=health,
                tell=show.note,
                clocks=clocks,
                depends=reach,
            ).work()
        except Stopped:
            return
        finally:
            tidy = getattr(provider, "close", None)
            if tidy is not None:
                tidy()


def _introduce(
    desk: RemoteDesk, called: str, offer: Offer, clocks: ClockWatch, stop: Event, show: Show
) -> Any:
    """Signs on for the first time, which tells whether this worker can work at all."""

    def sign_on() -> Any:
        began = machine_now()
        answer = desk.sign_on(offer.cpu_cores, offer.memory_mb, offer.slots)
        clocks.heard(datetime.fromisoformat(answer["now"]), began)
        return answer

    try:
        answer = when_it_answers(sign_on, Patience(stop, show.note), stop)
    except (Unauthenticated, Forbidden) as refusal:
        raise Failure(
            f"the economy does not take this worker: {refusal.message}; issue a token with "
            "`token issue NAME --role worker`",
            ENVIRONMENT,
        ) from None
    except NotFound:
        raise Failure(
            "what answers there takes no workers: see that it is `syntropism serve`", ENVIRONMENT
        ) from None
    show.line(
        f"worker {called}: {offer.cpu_cores:g} cores, {offer.memory_mb:g} MB, {offer.slots} "
        "windows at once · Ctrl-C drains"
    )
    return answer


def _sweep(sweep: HostSweep, patience: Patience, stop: Event, show: Show) -> None:
    """Removes what agents left here that are elsewhere now; a host that cannot works all the
    same."""
    try:
        swept = when_it_answers(sweep.collect, patience, stop)
    except (ProviderFailed, DomainError) as refusal:
        show.note(f"warning: folders of agents that are not here any more were left: {refusal}")
        return
    if swept:
        show.note(f"removed the folders of {swept} agents that are elsewhere now, or dead")


def _require_agreement(here: bool, there: bool) -> None:
    """Workspaces travel for everybody or for nobody: or an agent would forget what it wrote."""
    if here != there:
        raise Failure(
            f"nats.snapshots is {str(there).lower()} where `serve` runs, and "
            f"{str(here).lower()} here: set it alike (with nats.url) for all services",
            ENVIRONMENT,
        )


def _address(url: str) -> tuple[str, int]:
    """Where windows are relayed to."""
    parts = urlsplit(url)
    try:
        port = parts.port or 80
    except ValueError:
        raise Failure(f"worker.api_url: {url} has no port from 1 to 65535", USAGE) from None
    if parts.scheme != "http" or not parts.hostname:
        raise Failure(
            f"worker.api_url: {url} must be http://HOST:PORT: windows are relayed as they speak, "
            "in plain HTTP; put both into one private network",
            USAGE,
        )
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)[0][4]
    except OSError as problem:
        raise Failure(f"worker.api_url: {parts.hostname}: {problem}", ENVIRONMENT) from None
    return str(found[0]), port


@contextmanager
def _called(project: Project) -> Iterator[str]:
    """The name of this worker, and a folder that is its alone while it lives."""
    wanted = project.settings.worker.name
    if wanted != "auto":
        names = [wanted]
    else:
        host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:50] or "worker"
        names = [f"{host}-{number}" for number in range(1, WORKERS_MAX + 1)]
    failure: StorageFailed | None = None
    for name in names:
        lock = worker_lock(project.kept, name)
        try:
            lock.acquire()
        except StorageFailed as taken:
            failure = taken
            continue
        try:
            yield name
        finally:
            lock.release()
        return
    raise Failure(f"there is a worker {names[0]} here already: {failure}", ENVIRONMENT)
