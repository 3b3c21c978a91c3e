"""``syntropism audit``"""

import typer

from syntropism.application.queries.audit import audit as check
from syntropism.entrypoints.cli.exits import FINDINGS
from syntropism.entrypoints.cli.finishing import show_audit
from syntropism.entrypoints.cli.office import office
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption

app = typer.Typer(add_completion=False)


@app.command()
def audit(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Check every law of the economy on what is stored.

    The exit code is 4 if anything was found.
    """
    with office(project, as_json=as_json) as here:
        with here.store(read_only=True) as uow:
            report = check(uow, here.project.parameters)
        if as_json:
            here.show.json(report)
        else:
            show_audit(here, report)
        if not report.ok:
            raise typer.Exit(FINDINGS)
