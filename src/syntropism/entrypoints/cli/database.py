"""``syntropism db``"""

from pathlib import Path

import typer

from syntropism.entrypoints.cli.office import container_of
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.project import load_project
from syntropism.entrypoints.wiring import Wiring

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def database() -> None:
    """The database and its schema."""


@app.command()
def current(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Which schema the database has, and which one this program needs."""
    container = container_of(load_project(project or Path.cwd()), Wiring())
    found, known = container.schema_found(), container.schema_known()
    show = Show(as_json=as_json)
    if as_json:
        show.json({"schema": found, "needed": known, "current": found == known})
        return
    verdict = "up to date" if found == known else "`syntropism db upgrade` brings it up to date"
    show.line(f"schema {found or 'none'}, needed {known}: {verdict}")


@app.command()
def upgrade(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Bring the database to the schema this program needs, all or nothing."""
    container = container_of(load_project(project or Path.cwd()), Wiring())
    before = container.schema_found()
    container.upgrade_schema()
    after = container.schema_found()
    show = Show(as_json=as_json)
    if as_json:
        show.json({"before": before, "schema": after})
        return
    show.line(f"schema {after}" + (", as before" if before == after else ""))
