"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", "-C", metavar="DIR", help="The project (default: this folder)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
LimitOption = Annotated[
    int, typer.Option("--limit", "-n", min=1, max=200, help="How many at most.")
]
CursorOption = Annotated[
    str | None, typer.Option("--cursor", metavar="CURSOR", help="Where an earlier list ended.")
]
CyclesOption = Annotated[
    int | None,
    typer.Option("--cycles", "-c", min=1, max=1_000_000, help="How many (default: no end)."),
]
HumanOption = Annotated[
    str | None, typer.Option("--human", help="Who scores: terminal, none, or a persona.")
]
DatabaseOption = Annotated[str | None, typer.Option("--db", metavar="URL", help="The database.")]
HealthPortOption = Annotated[
    int | None, typer.Option("--health-port", help="Port of its probes (default: none).")
]
