"""Every command by name: one line of help, and the module that has it, loaded when it is run."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

_HERE: Final = "syntropism.entrypoints.cli"

COMMANDS: Final = {
    "init": ("starting", "Make a project: a folder with settings and a one-file agent."),
    "run": ("running", "Run the economy: cycles, API, agents, and you who score."),
    "demo": ("demo", "Watch a small economy live for a while, then read its report."),
    "serve": ("serving", "Serve the HTTP API alone; any number of these can run at once."),
    "worker": (
        "working",
        "Live windows for an economy that is served elsewhere; any number of these can run.",
    ),
    "orchestrate": (
        "orchestrating",
        "Run the market alone; of any number of these one leads, and the others stand by.",
    ),
    "status": ("status", "The economy at a glance."),
    "score": ("scoring", "Score what agents show you."),
    "cycle": ("cycle", "Run one cycle."),
    "agents": ("agents", "See, create, kill and sponsor agents."),
    "market": ("market", "Prices, the order book, past cycles, instance files."),
    "ledger": ("ledger", "Who paid whom."),
    "audit": ("auditing", "Check every law of the economy on what is stored."),
    "executions": ("executions", "Windows that agents lived, and what they wrote in them."),
    "dead-letters": ("dead_letters", "Windows that ended badly: retry or discard them."),
    "report": ("report", "A summary here, and a page with charts."),
    "export": ("export", "Everything as tables, for other tools."),
    "db": ("database", "The database and its schema."),
    "token": ("tokens", "Tokens for operators of the HTTP API."),
    "runner": ("runner", "The Docker image that agents run in."),
    "sandbox": ("sandboxes", "What agents live in."),
    "config": ("config", "The settings and where each comes from."),
    "doctor": ("doctor", "Check what this machine can do."),
}
"""The order is that of the help."""


class LazyCommands(TyperGroup):
    """Lists all commands without importing what only some of them need."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, line) in COMMANDS.items():
            self.commands[name] = TyperCommand(name, help=line)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, by way of its module."""
        name, _, rest = super().resolve_command(ctx, args)
        module = import_module(f"{_HERE}.{COMMANDS[str(name)][0]}")
        return name, typer.main.get_command(module.app), rest
