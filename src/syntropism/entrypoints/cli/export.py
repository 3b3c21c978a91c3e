"""``syntropism export``"""

from pathlib import Path
from typing import Annotated

import typer

from syntropism.application.queries.report import tables
from syntropism.entrypoints.cli.office import office
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption

app = typer.Typer(add_completion=False)


@app.command()
def export(
    format: Annotated[str, typer.Option("--format", "-f", help="csv or parquet.")] = "csv",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="A folder (export, in the project)."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything as tables, for other tools."""
    with office(project, as_json=as_json) as here:
        with here.store(read_only=True) as uow:
            found = tables(uow, here.project.parameters)
        folder = (output or here.project.folder / "export").absolute()
        files = here.container.export(found, folder, format)
        if as_json:
            here.show.json({"files": [str(file) for file in files]})
        for file in files:
            here.show.line(f"wrote {file}")
