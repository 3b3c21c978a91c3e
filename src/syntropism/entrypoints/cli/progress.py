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
    """A closed cycle for people."""
    cycle, status = progress.cycle, progress.status
    line = Text.assemble(
        (f"cycle {cycle.cycle:>4}", "bold"),
        f"  {status.alive} alive {status.dormant} dormant {status.dead} dead",
        ("  ·  ", "dim"),
        f"{cycle.wins} of {cycle.bids} bids won",
        ("  ·  ", "dim"),
        f"{amount(float(status.circulation))} credits",
        ("  ·  ", "dim"),
        f"cpu {status.prices['cpu_cores']:.2f} attention {status.prices['attention_slots']:.2f}",
    )
    if cycle.births:
        line.append(f"  +{cycle.births} born", "green")
    if cycle.deaths:
        line.append(f"  −{cycle.deaths} died", "red")
    if status.prompts_queued:
        waiting = status.prompts_queued
        line.append(f"  {waiting} prompt{'s' * (waiting > 1)} waiting", "yellow")
    return line
