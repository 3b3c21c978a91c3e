"""``syntropism init``"""

from pathlib import Path
from typing import Annotated

import typer

from syntropism.entrypoints.cli.options import JsonOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.project import create_project

app = typer.Typer(add_completion=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A new or empty folder.")] = Path(
        "."
    ),
    as_json: JsonOption = False,
) -> None:
    """Make a project: a folder with settings and a one-file agent."""
    files = create_project(folder)
    show = Show(as_json=as_json)
    if as_json:
        show.json({"project": str(folder.absolute()), "files": [str(one) for one in files]})
        return
    for file in files:
        show.line(f"made {file}")
    show.line("")
    show.line("next:")
    if folder != Path("."):
        show.line(f"  cd {folder}")
    show.line("  syntropism run                     the economy, with you as its audience")
    show.line("  syntropism agents create hello --from agents/hello --credits 500")
    show.line("  syntropism config show             everything that can be set")
