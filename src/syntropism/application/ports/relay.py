"""The relay: the one door between a sandbox and the System Service."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class RelayDoor(Protocol):
    """What is open for one execution."""

    def admit(self, listener: socket.socket) -> None:
        """Relays what connects to ``listener`` too, under the same caps; owns it from now on.

        A sandbox without network hands over a listening socket of its own loopback: so any
        HTTP client works inside, and no relaying process has to live in there. Never fails.
        """
        ...


class SocketRelay(Protocol):
    """Leads from a Unix socket, one per execution, to the API, with caps."""

    def open(
        self, socket_path: Path, address: tuple[str, int], owner: Callable[[Path], None]
    ) -> AbstractContextManager[RelayDoor]:
        """Listens at ``socket_path`` while the context lasts and relays each connection to
        ``address``; ``owner`` is called with the path once it exists (to hand it to the
        sandbox's uid). Size, rate and number of connections are capped per door.

        Raises:
            ProviderFailed: the socket cannot be made.
        """
        ...
