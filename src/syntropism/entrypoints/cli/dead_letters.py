"""``syntropism dead-letters``"""

from typing import Annotated, Any

import typer

from syntropism.application.operators.identity import LOCAL
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.identifiers import DeadLetterId
from syntropism.entrypoints.cli.naming import names_of
from syntropism.entrypoints.cli.office import Office, office
from syntropism.entrypoints.cli.options import CursorOption, JsonOption, LimitOption, ProjectOption
from syntropism.entrypoints.cli.showing import moment

app = typer.Typer(no_args_is_help=True, add_completion=False)

LetterArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id.")]


@app.callback()
def dead_letters() -> None:
    """Windows that ended badly: retry or discard them."""


@app.command("list")
def list_letters(
    status: Annotated[
        DeadLetterStatus | None, typer.Option("--status", help="Only those that are so.")
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Windows that ended badly, newest first."""
    with office(project, as_json=as_json) as here:
        found = here.operators.dead_letters(LOCAL, limit, cursor, status)
        here.show.answer(found, lambda page: _table(here, page))


def _table(here: Office, page: dict[str, Any]) -> None:
    names = names_of(here, (one["agent_id"] for one in page["items"]))
    rows = [
        [
            one["id"],
            moment(one["created_at"]),
            one["status"],
            "ours" if one["ours"] else "the agent's",
            names[one["agent_id"]],
            one["execution_id"],
            one["reason"],
        ]
        for one in page["items"]
    ]
    columns = ["=id", "when (UTC)", "status", "fault", "agent", "=execution", "reason"]
    here.show.table(columns, rows, "no dead letters")
    here.show.page(page)


@app.command()
def retry(
    letter: LetterArgument, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Bid for the same window again, at the treasury's cost."""
    with office(project, as_json=as_json) as here:
        done = here.operators.retry_dead_letter(LOCAL, DeadLetterId(letter))
        here.show.answer(
            done,
            lambda one: here.show.line(f"the treasury has bid again for {one['agent_id']}"),
        )


@app.command()
def discard(
    letter: LetterArgument, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Put a dead letter away."""
    with office(project, as_json=as_json) as here:
        gone = here.operators.discard_dead_letter(LOCAL, DeadLetterId(letter))
        here.show.answer(gone, lambda _: here.show.line("discarded"))
