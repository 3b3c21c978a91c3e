"""Debugging: the way from an editor on this host into one agent's window."""

import socket
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from attrs import define, frozen

from syntropism.domain.identifiers import AgentId

LASTS_MS: Final = 24 * 60 * 60 * 1000
"""How long a debugged window may last: as good as no deadline, and yet an end."""

MEMORY_BYTES: Final = 256 * 1024 * 1024
PROCESSES: Final = 48
"""What the debugger itself may use in a window, beyond what the agent bought."""


class DebugRelay(Protocol):
    """Listens where editors attach, and leads them into the window that is being debugged."""

    @property
    def address(self) -> str:
        """``host:port``, of this host's loopback."""
        ...

    def lead(self, socket_path: Path) -> AbstractContextManager[socket.socket]:
        """While the context lasts, whoever attaches is led to a Unix socket at ``socket_path``,
        whose listening end is given: somebody inside the window accepts from it.

        Raises:
            ProviderFailed: the socket cannot be made.
        """
        ...

    def close(self) -> None:
        """Stops listening."""
        ...


@frozen(slots=True, kw_only=True)
class Debugging:
    """How a window is debugged. ``bridge`` is the script that runs inside, beside the debugger:
    ``bridge.py DESCRIPTOR PORT`` leads what it accepts to the debugger's port. With ``wait`` the
    agent's first line waits for an editor."""

    relay: DebugRelay
    bridge: Path
    wait: bool = False


@define(slots=True)
class DebugOrder:
    """Who is debugged: one agent, named once it is known; until then nobody."""

    agent_id: AgentId | None = None

    def concerns(self, agent_id: AgentId) -> bool:
        """Whether it is this one."""
        return self.agent_id is not None and self.agent_id == agent_id
