"""The relay: the one door between a sandbox and the System Service."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class SocketRelay(Protocol):
    """Relays bytes from a Unix socket, one per execution, to the API, with caps."""

    def open(
        self, socket_path: Path, address: tuple[str, int], owner: Callable[[Path], None]
    ) -> AbstractContextManager[None]:
        """Listens at ``socket_path`` while the context lasts and relays each connection to
        ``address``; ``owner`` is called with the path once it exists (to hand it to the
        sandbox's uid). Size, rate and number of connections are capped.

        Raises:
            ProviderFailed: the socket cannot be made.
        """
        ...
