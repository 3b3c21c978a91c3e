"""``syntropism token``"""

from typing import Annotated

import typer

from syntropism.application.operators.identity import ALL_ROLES, LOCAL
from syntropism.entrypoints.cli.office import office
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def token() -> None:
    """Tokens for operators of the HTTP API."""


@app.command()
def issue(
    name: Annotated[str, typer.Argument(help="Who gets it.")],
    role: Annotated[str, typer.Option("--role", help=f"One of {', '.join(ALL_ROLES)}.")],
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """A new operator with a token, which is shown only now."""
    with office(project, as_json=as_json) as here:
        secret = here.container.new_secret()
        made = here.operators.issue_token(LOCAL, name, role, secret)
        here.show.answer(
            {**made, "token": secret},
            lambda one: here.show.line(
                f"token of {one['name']} ({one['role']}; shown only now): {secret}"
            ),
        )
