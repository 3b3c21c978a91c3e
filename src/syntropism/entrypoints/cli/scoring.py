"""``syntropism score``"""

import sys
from threading import Event
from typing import Annotated

import typer

from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries.people import prompt_queue
from syntropism.application.untrusted import plain
from syntropism.domain.errors import Conflict, Invalid, NotFound
from syntropism.entrypoints.cli.desk import Desk
from syntropism.entrypoints.cli.exits import USAGE, Failure
from syntropism.entrypoints.cli.office import Office, office
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import amount
from syntropism.entrypoints.cli.signals import interrupts
from syntropism.entrypoints.cli.terminal import Terminal

LOOK_SECONDS = 0.5
"""How often the queue is looked at."""

app = typer.Typer(add_completion=False)


@app.command()
def score(
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="PERSONA", help="Let a persona score.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score what agents show you.

    Also while the economy runs in another terminal. With --policy a scripted persona looks at
    the queue once, and no terminal is needed.
    """
    if policy is None and (as_json or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise Failure("there is no terminal to score at: pass --policy PERSONA", USAGE)
    with office(project, as_json=as_json, persona=policy) as here:
        if policy is not None:
            _let_persona_score(here)
        else:
            _sit_down(here)


def _let_persona_score(here: Office) -> None:
    try:
        persona = here.container.human()
    except Invalid as refusal:
        raise Failure(refusal.message, USAGE) from None
    assert persona is not None
    with here.store(read_only=True) as uow:
        queue = prompt_queue(uow)
    authors = {one.id: one.agent_name for one in queue}
    scored = []
    for prompt_id, scores in persona.consider(queue):
        try:
            done = here.operators.score_prompt(LOCAL, prompt_id, scores)
        except (Conflict, NotFound):
            continue  # it ended while the persona was reading
        scored.append(done)
        numbers = f"{scores.interesting} {scores.useful} {scores.understandable}"
        here.show.line(
            f"{numbers} for {plain(authors[prompt_id])}: {amount(done['reward'])} credits"
        )
    if here.show.as_json:
        here.show.json({"items": scored, "waiting": len(queue) - len(scored)})
    elif not scored:
        here.show.line(f"nothing scored; {len(queue)} in the queue")


def _sit_down(here: Office) -> None:
    stop = Event()
    with interrupts(stop) as signals, Terminal(here.show.console) as screen:
        signals.before_leaving = screen.restore
        desk = Desk(here.operators, here.store, screen.say)
        while not stop.is_set():
            desk.look()
            screen.ask(desk.prompt)
            try:
                line = screen.poll(LOOK_SECONDS)
            except EOFError:
                return
            if line is not None and not desk.take(line):
                return
