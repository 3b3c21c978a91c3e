"""``syntropism orchestrate``"""

import os
import socket
from pathlib import Path
from secrets import token_hex
from threading import Event
from typing import Annotated

import typer
from attrs import evolve

from syntropism.domain.errors import Invalid
from syntropism.entrypoints.cli.exits import USAGE, Failure
from syntropism.entrypoints.cli.office import container_of, log_to_stderr
from syntropism.entrypoints.cli.options import (
    CyclesOption,
    DatabaseOption,
    HealthPortOption,
    HumanOption,
    JsonOption,
    ProjectOption,
)
from syntropism.entrypoints.cli.progress import progress_document, progress_line
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.cli.signals import interrupts
from syntropism.entrypoints.collecting import collect_seldom
from syntropism.entrypoints.orchestrator import Progress
from syntropism.entrypoints.project import Project, load_project
from syntropism.entrypoints.services.clocks import ClockWatch
from syntropism.entrypoints.services.health import Health, probes
from syntropism.entrypoints.services.opening import open_store
from syntropism.entrypoints.services.orchestrator import ElectedOrchestrator
from syntropism.entrypoints.services.patience import Patience, Stopped, when_it_answers
from syntropism.entrypoints.services.wiring import services_wiring

app = typer.Typer(add_completion=False)


@app.command()
def orchestrate(
    cycles: CyclesOption = None,
    human: HumanOption = None,
    continuous: Annotated[
        bool | None,
        typer.Option("--continuous/--synchronous", help="Whether cycles wait for windows."),
    ] = None,
    health_port: HealthPortOption = None,
    database: DatabaseOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the market alone; of any number of these one leads, and the others stand by.

    Windows are lived by `worker`s; people score with `score`, or through the API that `serve`
    offers. Ctrl-C or SIGTERM gives up the lead, so that another one takes over at once.
    """
    flags = {
        "attention.human": human,
        "services.continuous": continuous,
        "services.health_port": health_port,
        "storage.database_url": database,
    }
    found = _without_waiting(load_project(project or Path.cwd(), flags))
    log_to_stderr(found.settings.log.level)
    show, stop = Show(as_json=as_json), Event()
    clocks = ClockWatch(float(found.settings.storage.clock_skew_seconds_max), show.note)
    health = Health(troubles=lambda: [clocks.trouble] if clocks.trouble else [])
    services = found.settings.services
    scorer = found.settings.attention.human
    waiting: list[ElectedOrchestrator] = []
    container = container_of(
        found,
        services_wiring(
            found,
            stop,
            persona=None if scorer in ("terminal", "none") else scorer,
            live=scorer == "terminal",
            execute=lambda: 0 if services.continuous else waiting[0].wait_for_windows(),
        ),
    )
    try:
        container.human()
    except Invalid as refusal:
        raise Failure(f"attention.human: {refusal.message}", USAGE) from None
    try:
        with (
            interrupts(stop),
            probes(health, services.health_host, services.health_port),
            open_store(container, stop, show.note) as store,
        ):
            when_it_answers(container.reach(), Patience(stop, show.note), stop)
            collect_seldom()
            orchestrator = ElectedOrchestrator(
                holder=f"{socket.gethostname()}-{os.getpid()}-{token_hex(4)}",
                store=store,
                rules=container.rules(),
                cycle=container.cycle,
                founder=found.founder,
                cycle_seconds=float(found.settings.cycle.seconds),
                lead_ms=int(services.lead_seconds * 1000),
                continuous=services.continuous,
                stop=stop,
                health=health,
                tell=show.note,
                on_cycle=lambda progress: _show(show, progress),
                cycles=cycles,
                beat=lambda: clocks.look(store),
            )
            waiting.append(orchestrator)
            orchestrator.run()
    except Stopped:
        return


def _without_waiting(project: Project) -> Project:
    """People are not at this process: cycles last as long as they last."""
    return evolve(project, parameters=evolve(project.parameters, wait_for_human_cycles=0))


def _show(show: Show, progress: Progress) -> None:
    if show.as_json:
        show.json(progress_document(progress))
    else:
        show.console.print(progress_line(progress), no_wrap=True, overflow="ellipsis")
