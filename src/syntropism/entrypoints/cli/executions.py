"""``syntropism executions``"""

from typing import Annotated, Any

import typer

from syntropism.application.operators.identity import LOCAL
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import ExecutionId
from syntropism.entrypoints.cli.naming import names_of
from syntropism.entrypoints.cli.office import Office, office
from syntropism.entrypoints.cli.options import CursorOption, JsonOption, LimitOption, ProjectOption
from syntropism.entrypoints.cli.showing import amount, moment

app = typer.Typer(no_args_is_help=True, add_completion=False)

ExecutionArgument = Annotated[str, typer.Argument(metavar="EXECUTION", help="Its id.")]


@app.callback()
def executions() -> None:
    """Windows that agents lived, and what they wrote in them."""


@app.command("list")
def list_executions(
    agent: Annotated[str | None, typer.Option("--agent", help="Only those of this agent.")] = None,
    status: Annotated[
        ExecutionStatus | None, typer.Option("--status", help="Only those that are so.")
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Windows, newest first."""
    with office(project, as_json=as_json) as here:
        found = here.operators.executions(LOCAL, limit, cursor, agent, status)
        here.show.answer(found, lambda page: _table(here, page))


def _table(here: Office, page: dict[str, Any]) -> None:
    names = names_of(here, (one["agent_id"] for one in page["items"]))
    rows = [
        [
            one["id"],
            names[one["agent_id"]],
            one["cycle"],
            one["status"],
            amount(one["payment"]),
            f"{one['cpu_seconds']:.2f}",
            f"{one['memory_peak_mb']:.0f}",
            f"{one['wall_seconds']:.2f}",
            one["detail"],
        ]
        for one in page["items"]
    ]
    columns = ["=id", "agent", ">cycle", "status", ">paid", ">cpu s", ">MB", ">seconds", "detail"]
    here.show.table(columns, rows, "no windows yet")
    here.show.page(page)


@app.command()
def show(
    execution: ExecutionArgument, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """One window."""
    with office(project, as_json=as_json) as here:
        found = here.operators.execution(LOCAL, ExecutionId(execution))
        here.show.answer(found, lambda one: here.show.fields(_fields(one)))


def _fields(one: dict[str, Any]) -> dict[str, object]:
    shown = {name.replace("_", " "): value for name, value in one.items()}
    shown["bundle"] = ", ".join(f"{name} {value}" for name, value in one["bundle"].items())
    shown["payment"] = amount(one["payment"])
    for name in ("queued_at", "started_at", "ended_at"):
        shown[name.replace("_", " ")] = moment(one[name])
    return shown


@app.command()
def logs(
    execution: ExecutionArgument, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """What an agent wrote to its output in one window."""
    with office(project, as_json=as_json) as here:
        found = here.operators.execution_log(LOCAL, ExecutionId(execution))
        here.show.answer(found, lambda one: here.show.text(one["log"]))
