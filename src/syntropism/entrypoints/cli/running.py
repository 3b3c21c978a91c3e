"""``syntropism run``"""

from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from attrs import evolve
from rich.text import Text

from syntropism.application.documents import document
from syntropism.domain.errors import Invalid
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.cli import debugging
from syntropism.entrypoints.cli.audience import Audience, audience
from syntropism.entrypoints.cli.desk import Desk
from syntropism.entrypoints.cli.exits import ENVIRONMENT, FINDINGS, USAGE, Failure
from syntropism.entrypoints.cli.finishing import REPORT_FILE, conclude
from syntropism.entrypoints.cli.office import Office, container_of, opened
from syntropism.entrypoints.cli.options import (
    CyclesOption,
    DatabaseOption,
    HumanOption,
    JsonOption,
    ProjectOption,
)
from syntropism.entrypoints.cli.progress import progress_document, progress_line
from syntropism.entrypoints.cli.session import Ended, Session
from syntropism.entrypoints.cli.signals import Interrupts, interrupts
from syntropism.entrypoints.cli.terminal import Terminal
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.project import Project, load_project
from syntropism.entrypoints.wiring import Wiring

LOOK_SECONDS = 0.2
"""How often a run looks for what is new to show."""

app = typer.Typer(add_completion=False)


@app.command()
def run(
    cycles: CyclesOption = None,
    human: HumanOption = None,
    sandbox: Annotated[
        str | None,
        typer.Option("--sandbox", help="Where agents live: auto, docker, process, inprocess."),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the HTTP API.")] = None,
    database: DatabaseOption = None,
    debug: Annotated[
        str | None,
        typer.Option("--debug", metavar="AGENT", help="Run this agent under a debugger."),
    ] = None,
    debug_wait: Annotated[
        bool, typer.Option("--debug-wait", help="Its windows wait for an editor.")
    ] = False,
    debug_port: Annotated[
        int | None,
        typer.Option("--debug-port", min=0, max=65_535, help="Port to attach to (5678)."),
    ] = None,
    page: Annotated[bool, typer.Option("--report/--no-report", help="Write the page.")] = True,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the economy: cycles, API, agents, and you who score.

    Ctrl-C ends it cleanly, and the same command goes on where it ended. With --cycles N it
    closes N more cycles, after those that an interrupted run still owes.
    """
    flags = {
        "attention.human": human,
        "execution.sandbox": sandbox,
        "api.port": port,
        "storage.database_url": database,
    }
    wanted = debugging.wish(debug, debug_port, wait=debug_wait)
    found = load_project(project or Path.cwd(), flags)
    people = audience(found, as_json=as_json)
    stop = Event()
    container = wired(found, people, stop, debug=wanted)
    with interrupts(stop) as signals, opened(found, container, as_json=as_json) as office:
        ended = live_through(office, people, signals, cycles, wanted)
        facts = document(ended)
        path = found.folder / REPORT_FILE if page else None
        if not conclude(office, path, facts, found.folder.name):
            raise typer.Exit(FINDINGS)


def wired(
    project: Project,
    people: Audience,
    stop: Event,
    slots: int | None = None,
    debug: debugging.Wish | None = None,
) -> Container:
    """The economy of ``project`` with ``people`` as its audience.

    Raises:
        Failure: there is no such persona; no container can be started here, or no agent debugged.
    """
    if people.persona is not None:
        # It answers at once or not at all: there is nothing to wait for.
        at_once = evolve(project.parameters, wait_for_human_cycles=0)
        project = evolve(project, parameters=at_once)
    settings = project.settings.execution
    wiring = Wiring(
        sandbox=settings.sandbox,
        persona=people.persona,
        live=people.live,
        slots=slots or settings.slots,
        behaviours=Behaviours(),
        debug_port=debug.port if debug else None,
        debug_wait=bool(debug and debug.wait),
        stopping=stop.is_set,
    )
    container = container_of(project, wiring)
    try:
        container.human()
    except Invalid as refusal:
        raise Failure(f"attention.human: {refusal.message}", USAGE) from None
    if settings.sandbox == "docker":
        report = container.sandbox().probe()
        if not report.available:  # else every window would be lost, one after the other
            raise Failure(report.detail, ENVIRONMENT)
    if debug is not None:
        debugging.require_debuggable(container)
    return container


def live_through(
    office: Office,
    people: Audience,
    signals: Interrupts,
    cycles: int | None,
    debug: debugging.Wish | None = None,
) -> Ended:
    """Runs cycles to their end and shows them."""
    project, stop = office.project, signals.stop
    with Session(project, office.container, stop) as session:
        introduce(office, session, cycles)
        if debug is not None:
            debugging.begin(office, debug)
        session.begin(cycles, people.pace(project))
        if people.live:
            _at_the_desk(office, session, signals)
        else:
            _watch(office, session)
        return session.result()


def introduce(office: Office, session: Session, cycles: int | None) -> None:
    """What to know before the first cycle."""
    show = office.show
    if session.token is not None:
        token = f"admin token for the HTTP API (shown only now): {session.token}"
        if show.as_json:
            show.note(token)
        else:
            show.line(token)
    warning = office.container.sandbox().probe().warning
    if warning:
        show.note(f"warning: {warning}")
    show.line(("the economy is founded" if session.new else "the economy goes on", "bold"))
    show.line((f"API: {session.address}/api/v1 · Ctrl-C ends cleanly", "dim"))
    if session.outstanding and cycles is not None:
        owed = session.outstanding
        show.line(f"{owed} cycles are outstanding from an interrupted run; then {cycles} more")


def _watch(office: Office, session: Session) -> None:
    told = False
    while session.running:
        _tell(office, session, LOOK_SECONDS)
        if session.stop.is_set() and not told:
            told = True
            office.show.line(("stopping: what is under way is given back", "dim"))
    while _tell(office, session, 0.0):
        pass


def _tell(office: Office, session: Session, seconds: float) -> bool:
    progress = session.progress(seconds)
    if progress is None:
        return False
    if office.show.as_json:
        office.show.json(progress_document(progress))
    else:
        office.show.console.print(progress_line(progress), no_wrap=True, overflow="ellipsis")
    return True


def _at_the_desk(office: Office, session: Session, signals: Interrupts) -> None:
    """Cycles above, the person's input below."""
    with Terminal(office.show.console) as screen:
        signals.before_leaving = screen.restore
        desk = Desk(office.operators, office.store, screen.say)
        told = False
        while session.running:
            while progress := session.progress(0.0):
                screen.say(progress_line(progress))
            if session.stop.is_set():
                if not told:
                    told = True
                    screen.say(Text("stopping: what is under way is given back", "dim"))
                stopped = session.progress(LOOK_SECONDS)
                if stopped is not None:
                    screen.say(progress_line(stopped))
                continue
            desk.look()
            screen.ask(desk.prompt)
            _listen(screen, desk, session)
        while progress := session.progress(0.0):
            screen.say(progress_line(progress))


def _listen(screen: Terminal, desk: Desk, session: Session) -> None:
    try:
        line = screen.poll(LOOK_SECONDS)
    except EOFError:
        session.stop.set()
        return
    if line is not None and not desk.take(line):
        session.stop.set()
