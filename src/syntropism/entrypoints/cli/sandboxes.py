"""``syntropism sandbox``"""

from pathlib import Path
from typing import Annotated

import typer

from syntropism.application.ports.snapshots import Standings
from syntropism.application.queries import hosting
from syntropism.application.retrying import read
from syntropism.application.sweeping import HostSweep
from syntropism.domain.identifiers import AgentId
from syntropism.entrypoints.cli.office import container_of
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.container import Container, remote_desk
from syntropism.entrypoints.project import Project, load_project
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
    """Remove what killed workers left behind: containers, processes and run folders; and, where
    workspaces travel (`nats.snapshots`), folders here of agents that are elsewhere or dead.

    About those it asks the API if it has a worker's token, else the database.
    """
    found = load_project(project or Path.cwd(), required=False)
    container = container_of(found, Wiring())
    removed = container.clean_sandboxes(older_than)
    if found.settings.nats.snapshots:
        removed += _swept(found, container, older_than)
    show = Show(as_json=as_json)
    if as_json:
        show.json({"removed": removed})
        return
    show.line(f"{removed} things removed" if removed else "nothing was left behind")


def _swept(project: Project, container: Container, older_than: float) -> int:
    worker = project.settings.worker
    if worker.token != "none":
        desk = remote_desk(worker.api_url, worker.token, "cleanup")
        return HostSweep(container.folders(), desk.needless).collect(older_than)
    if container.schema_found() is None:
        return 0  # no economy that could say

    def needless(standings: Standings) -> list[AgentId]:
        return read(container.store(), lambda uow: hosting.needless(uow, standings))

    return HostSweep(container.folders(), needless).collect(older_than)
