"""``syntropism report``"""

from pathlib import Path
from typing import Annotated

import typer

from syntropism.entrypoints.cli.exits import FINDINGS
from syntropism.entrypoints.cli.finishing import REPORT_FILE, conclude
from syntropism.entrypoints.cli.office import office
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption

app = typer.Typer(add_completion=False)


@app.command()
def report(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help=f"The page ({REPORT_FILE})."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """A summary here, and a page with charts.

    The exit code is 4 if its audit found anything.
    """
    with office(project, as_json=as_json) as here:
        path = output or here.project.folder / REPORT_FILE
        if not conclude(here, path.absolute(), {}, here.project.folder.name):
            raise typer.Exit(FINDINGS)
