"""``syntropism demo``"""

import shutil
from itertools import cycle, islice
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import typer

from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.documents import document
from syntropism.domain.credits import MICRO
from syntropism.entrypoints import host
from syntropism.entrypoints.cli.audience import Audience
from syntropism.entrypoints.cli.exits import FINDINGS, USAGE, Failure
from syntropism.entrypoints.cli.finishing import REPORT_FILE, conclude
from syntropism.entrypoints.cli.office import Office, opened
from syntropism.entrypoints.cli.options import JsonOption
from syntropism.entrypoints.cli.progress import progress_document, progress_line
from syntropism.entrypoints.cli.running import LOOK_SECONDS, introduce, wired
from syntropism.entrypoints.cli.session import Ended, Session
from syntropism.entrypoints.cli.signals import Interrupts, interrupts
from syntropism.entrypoints.cli.stage import Stage
from syntropism.entrypoints.orchestrator import Pace
from syntropism.entrypoints.project import SETTINGS_FILE, load_project, template
from syntropism.strategies import files as strategy_files
from syntropism.strategies import names as strategy_names

TEMPLATE: Final = "demo.toml.txt"
ENDOWMENT: Final = 300 * MICRO
"""What each member of the founding company starts with: about twenty windows."""

SLOTS_PER_CORE: Final = 4
"""Windows lived at once: an agent spends half its window waiting for the API."""

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    cycles: Annotated[
        int, typer.Option("--cycles", "-c", min=1, max=10_000, help="How many cycles.")
    ] = 60,
    human: Annotated[
        str | None, typer.Option("--human", help="The persona that scores, or none.")
    ] = None,
    agents: Annotated[
        int,
        typer.Option("--agents", min=0, max=500, help="The company that genesis starts with."),
    ] = len(strategy_names()) - 1,
    sandbox: Annotated[
        str | None,
        typer.Option("--sandbox", help="Where agents live: auto, docker, process, inprocess."),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="A folder, replaced if it is ours."),
    ] = Path("out/demo"),
    as_json: JsonOption = False,
) -> None:
    """Watch a small economy live for a while, then read its report.

    Genesis and one agent of every built-in strategy, each a process of its own that speaks HTTP
    to the economy; a scripted persona scores what they show.
    """
    _prepare(output)
    project = load_project(output, {"attention.human": human, "execution.sandbox": sandbox})
    scorer = project.settings.attention.human
    if scorer == "terminal":
        raise Failure("a demo has a scripted human: `syntropism run` is for you", USAGE)
    people = Audience(persona=None if scorer == "none" else scorer)
    stop = Event()
    container = wired(project, people, stop, SLOTS_PER_CORE * host.cpu_cores())
    lock = container.lock()
    assert lock is not None
    lock.acquire()  # nobody else's demo is swept away while it runs
    _sweep(output)
    with interrupts(stop) as signals, opened(project, container, as_json=as_json) as office:
        ended = _perform(office, signals, cycles, company(agents))
        facts = {**document(ended), "project": str(project.folder)}
        if not conclude(office, project.folder / REPORT_FILE, facts, "A demo of Syntropism"):
            raise typer.Exit(FINDINGS)
        office.show.line((f"look around: syntropism -C {output} agents list", "dim"))


def company(number: int) -> tuple[BirthRequest, ...]:
    """``number`` agents of all built-in strategies but genesis, in turn."""
    families = [name for name in strategy_names() if name != "genesis"]
    return tuple(
        BirthRequest(
            name if place < len(families) else f"{name}-{place // len(families) + 1}",
            ENDOWMENT,
            strategy_files(name),
            name,
        )
        for place, name in enumerate(islice(cycle(families), number))
    )


def _prepare(folder: Path) -> None:
    """Makes the project, or finds the one of an earlier demo."""
    settings = folder / SETTINGS_FILE
    text = template(TEMPLATE)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        first = (
            settings.read_text("utf-8", "replace").partition("\n")[0] if settings.is_file() else ""
        )
        if first != text.partition("\n")[0]:
            raise Failure(f"{folder} is not of an earlier demo: name a new folder", USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_text(text, "utf-8")


def _sweep(folder: Path) -> None:
    """Removes what an earlier demo has left."""
    for entry in folder.iterdir():
        if entry.name == SETTINGS_FILE or entry.name.endswith("lock"):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _perform(
    office: Office, signals: Interrupts, cycles: int, members: tuple[BirthRequest, ...]
) -> Ended:
    show, stop = office.show, signals.stop
    with Session(office.project, office.container, stop, members) as session:
        introduce(office, session, cycles)
        session.begin(cycles, Pace())
        with Stage(
            show.console, cycles, live=show.console.is_terminal and not show.as_json
        ) as stage:
            while session.running or not session.idle:
                progress = session.progress(LOOK_SECONDS)
                if progress is None:
                    continue
                if show.as_json:
                    show.json(progress_document(progress))
                elif stage.live:
                    stage.show(progress)
                else:
                    show.console.print(progress_line(progress), no_wrap=True)
        return session.result()
