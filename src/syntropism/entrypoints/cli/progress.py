"""Closed cycles, as one line each."""

from typing import Any

from rich.text import Text

from syntropism.application.documents import document
from syntropism.entrypoints.cli.showing import amount
from syntropism.entrypoints.orchestrator import Progress


def progress_document(progress: Progress) -> dict[str, Any]:
    """A closed cycle as JSON data."""
    return {"cycle": document(progress.cycle), "status": document(progress.status)}


def progress_line(progress: Progress) -> Text:
    """A closed cycle for people; what matters most comes first, for narrow terminals."""
    cycle, status = progress.cycle, progress.status
    line = Text.assemble(
        (f"cycle {cycle.cycle:>3}", "bold"),
        f"  {status.alive:>2} alive {status.dormant:>2} dormant",
        (f"  +{cycle.births}", "green" if cycle.births else "dim"),
        (f" −{cycle.deaths}", "red" if cycle.deaths else "dim"),
        f"  {cycle.wins:>2} of {cycle.bids:>2} bids won",
        f"  {amount(float(status.circulation)):>7} credits",
        (
            f"  cpu {status.prices['cpu_cores']:5.2f}"
            f" attention {status.prices['attention_slots']:5.2f}",
            "dim",
        ),
    )
    if status.prompts_queued:
        line.append(f"  {status.prompts_queued} to score", "yellow")
    return line
