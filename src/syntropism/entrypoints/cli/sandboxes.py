"""``syntropism sandbox``"""

from pathlib import Path
from typing import Annotated

import typer

from syntropism.entrypoints.cli.office import container_of
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.project import load_project
from syntropism.entrypoints.wiring import Wiring

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def sandbox() -> None:
    """What agents live in."""


@app.command()
def cleanup(
    older_than: Annotated[
        float,
        typer.Option("--older-than", metavar="SECONDS", min=0, help="Only what is older."),
    ] = 0,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove what killed workers left behind: containers, processes and run folders."""
    found = load_project(project or Path.cwd(), required=False)
    removed = container_of(found, Wiring()).clean_sandboxes(older_than)
    show = Show(as_json=as_json)
    if as_json:
        show.json({"removed": removed})
        return
    show.line(f"{removed} things removed" if removed else "nothing was left behind")
