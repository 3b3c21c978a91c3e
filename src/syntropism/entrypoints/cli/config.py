"""``syntropism config``"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import typer

from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.project import load_project
from syntropism.entrypoints.settings import describe, values

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def config() -> None:
    """The settings and where each comes from."""


@app.command("show")
def show_config(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Every setting: its effective value, where that comes from, what it means."""
    found = load_project(project or Path.cwd(), required=False)
    effective = values(found.settings)
    show = Show(as_json=as_json)
    if as_json:
        show.json(
            {
                key: {"value": _plain(value), "source": found.sources.get(key, "default")}
                for key, value in effective.items()
            }
        )
        return
    rows = [
        [one.key, _text(effective[one.key]), found.sources.get(one.key, "default"), one.meaning]
        for one in describe(found.settings.resources)
    ]
    show.table(["setting", "value", "source", "meaning"], rows, "")


def _plain(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
