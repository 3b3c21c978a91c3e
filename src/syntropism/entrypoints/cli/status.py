"""``syntropism status``"""

from threading import Event
from typing import Annotated, Any

import typer

from syntropism.application.operators.identity import LOCAL
from syntropism.entrypoints.cli.office import Office, office
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import amount
from syntropism.entrypoints.cli.signals import interrupts

app = typer.Typer(add_completion=False)


@app.command()
def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again and again.")] = False,
    every: Annotated[
        float, typer.Option("--every", min=0.2, max=3600, help="Seconds between two looks.")
    ] = 2.0,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """The economy at a glance."""
    with office(project, as_json=as_json) as here:
        if not watch:
            _show(here)
            return
        stop = Event()
        with interrupts(stop):
            while not stop.is_set():
                if here.show.console.is_terminal and not as_json:
                    here.show.console.clear()
                _show(here)
                stop.wait(every)


def _show(here: Office) -> None:
    found = here.operators.status(LOCAL)
    here.show.answer(found, lambda document: here.show.fields(_fields(document)))


def _fields(found: dict[str, Any]) -> dict[str, object]:
    prices = ", ".join(f"{name} {price:.4g}" for name, price in found["prices"].items())
    return {
        "cycle": found["cycle"],
        "agents": f"{found['alive']} alive, {found['dormant']} dormant, {found['dead']} dead",
        "in circulation": f"{amount(found['circulation'])} credits",
        "minted": amount(found["minted"]),
        "burned": amount(found["burned"]),
        "treasury": amount(found["treasury"]),
        "open bids": found["open_bids"],
        "windows": found["windows"],
        "prompts waiting": found["prompts_queued"],
        "prices": prices,
    }
