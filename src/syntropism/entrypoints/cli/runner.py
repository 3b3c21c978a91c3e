"""``syntropism runner``"""

from pathlib import Path
from typing import Annotated, Final

import typer

from syntropism.entrypoints.cli.exits import USAGE, Failure
from syntropism.entrypoints.cli.office import container_of
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.project import load_project
from syntropism.entrypoints.wiring import Wiring

BASE_IMAGE: Final = "python:3.12-slim-bookworm"

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def runner() -> None:
    """The Docker image that agents run in."""


@app.command()
def build(
    base_image: Annotated[
        str | None,
        typer.Option("--base-image", help=f"An image with Python (default: {BASE_IMAGE})."),
    ] = None,
    offline_base: Annotated[
        str | None,
        typer.Option(
            "--offline-base",
            metavar="debian",
            help="Make the base here, with debootstrap: no registry is asked.",
        ),
    ] = None,
    mirror: Annotated[
        str, typer.Option("--mirror", metavar="URL", help="Where debootstrap finds Debian.")
    ] = "",
    wheelhouse: Annotated[
        Path | None,
        typer.Option("--wheelhouse", metavar="DIR", help="Wheels to install from, pip among them."),
    ] = None,
    extras: Annotated[
        str, typer.Option("--extras", help="Of runtime/pyproject.toml, such as debug.")
    ] = "",
    with_debugpy: Annotated[
        bool,
        typer.Option("--with-debugpy", help="So that `run --debug` works (--extras debug)."),
    ] = False,
    poetry: Annotated[
        str, typer.Option("--poetry", help="A requirement: install with Poetry, not pip.")
    ] = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the image that agents run in; `execution.image` names it."""
    if offline_base not in (None, "debian"):
        raise Failure("--offline-base: only debian can be made here", USAGE)
    if offline_base and base_image:
        raise Failure("name a base image, or have one made: not both", USAGE)
    if wheelhouse is not None and not wheelhouse.is_dir():
        raise Failure(f"--wheelhouse: {wheelhouse} is no folder", USAGE)
    found = load_project(project or Path.cwd(), required=False)
    show = Show(as_json=as_json)
    image = (
        container_of(found, Wiring())
        .image_builder()
        .build(
            base_image=base_image or BASE_IMAGE,
            offline_base=offline_base is not None,
            mirror=mirror,
            wheelhouse=wheelhouse,
            extras=extras,
            debugpy=with_debugpy,
            poetry=poetry,
            tell=show.note,
        )
    )
    if as_json:
        show.json({"image": found.settings.execution.image, "id": image})
        return
    show.line(f"built {found.settings.execution.image} ({image.removeprefix('sha256:')[:12]})")
