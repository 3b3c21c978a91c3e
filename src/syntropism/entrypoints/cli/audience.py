"""Who scores during a run: a person at this terminal, a scripted persona, or nobody."""

import sys
from typing import Final

from attrs import frozen

from syntropism.entrypoints.cli.exits import USAGE, Failure
from syntropism.entrypoints.orchestrator import Pace
from syntropism.entrypoints.project import Project

_TERMINAL: Final = "terminal"
_NOBODY: Final = "none"


@frozen
class Audience:
    """``live``: a person at this terminal. ``persona``: a scripted one."""

    live: bool = False
    persona: str | None = None

    def pace(self, project: Project) -> Pace:
        """Every cycle is given time for a person; otherwise only an idle one."""
        seconds = float(project.settings.cycle.seconds)
        return Pace(every=seconds if self.live else 0.0, idle=seconds)


def audience(project: Project, *, as_json: bool) -> Audience:
    """Who scores, by the settings.

    Raises:
        Failure: a person is to score, and there is no terminal.
    """
    human = project.settings.attention.human
    if human == _NOBODY:
        return Audience()
    if human != _TERMINAL:
        return Audience(persona=human)
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure(
            "there is no terminal to score at: pass --human none, or a persona such as "
            "--human sensitive",
            USAGE,
        )
    return Audience(live=True)
