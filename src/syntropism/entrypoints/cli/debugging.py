"""``syntropism run --debug``: one agent under a debugger."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from syntropism.application.operators.identity import LOCAL
from syntropism.domain.identifiers import AgentId
from syntropism.entrypoints.cli.exits import USAGE, Failure
from syntropism.entrypoints.cli.office import Office
from syntropism.entrypoints.container import Container

PORT: Final = 5678
"""Where editors look for debugpy."""

LINK: Final = "debugged"
"""In the project: leads to the workspace of the debugged agent, as `.vscode/launch.json` has it."""


@frozen
class Wish:
    """Which agent, by id or name; whether it waits for an editor; on which port."""

    agent: str
    wait: bool
    port: int


def wish(agent: str | None, port: int | None, *, wait: bool) -> Wish | None:
    """What the options ask for.

    Raises:
        Failure: they do not go together.
    """
    if agent is not None:
        return Wish(agent, wait, PORT if port is None else port)
    if wait or port is not None:
        raise Failure("say whom to debug: --debug AGENT", USAGE)
    return None


def require_debuggable(container: Container) -> None:
    """Raises Failure when windows here cannot be debugged, ProviderFailed when the port is taken;
    listens otherwise."""
    problem = container.sandbox().undebuggable()
    if problem:
        raise Failure(f"--debug: {problem}")
    container.debug_relay().start()


def begin(office: Office, wanted: Wish) -> None:
    """Names the one agent, and says what is different for it.

    Raises:
        NotFound, Conflict: there is none, or several.
    """
    agent = office.operators.agent(LOCAL, wanted.agent)
    agent_id = AgentId(agent["id"])
    office.container.wiring().debug_order.agent_id = agent_id
    _link(office, agent_id)
    show = office.show
    address = office.container.debug_relay().address
    when = "each of its windows waits for you" if wanted.wait else "while it has a window"
    show.note(f"debugging {agent['name']}: attach to {address}; {when}")
    show.note(
        "its deadline, the expiry of its token and its CPU budget are lifted, nobody else's; while "
        "it stands still its capacity is held, and the cycle waits"
    )


def _link(office: Office, agent_id: AgentId) -> None:
    """Leads ``debugged`` to the agent's workspace; what somebody else put there stays."""
    link = office.project.folder / LINK
    target = Path(os.path.abspath(office.project.kept / "workspaces" / f"agent-{agent_id}"))
    with suppress(OSError):
        if link.is_symlink():
            link.unlink()
        link.symlink_to(target, target_is_directory=True)
