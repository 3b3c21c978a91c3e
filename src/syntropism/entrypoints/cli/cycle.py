"""``syntropism cycle``"""

from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from syntropism.entrypoints.cli.audience import Audience
from syntropism.entrypoints.cli.office import opened
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.running import live_through, wired
from syntropism.entrypoints.cli.signals import interrupts
from syntropism.entrypoints.project import load_project

app = typer.Typer(add_completion=False)


@app.command()
def cycle(
    port: Annotated[int | None, typer.Option("--port", help="Port of the HTTP API.")] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one cycle.

    With nobody to score: `run --cycles 1 --human none`, without its report.
    """
    flags = {"attention.human": "none", "api.port": port}
    found = load_project(project or Path.cwd(), flags)
    stop = Event()
    nobody = Audience()
    with (
        interrupts(stop) as signals,
        opened(found, wired(found, nobody, stop), as_json=as_json) as office,
    ):
        live_through(office, nobody, signals, 1)
