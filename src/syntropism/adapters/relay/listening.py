"""Where a sandbox's connections arrive: a Unix socket in the folder of its window."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from syntropism.application.ports.sandbox import ProviderFailed

BACKLOG: Final = 256
"""Connections that wait to be accepted; a client that finds no room is told to try again."""


class OpenDoor:
    """What is open for one execution."""

    def __init__(self, admit: Callable[[socket.socket], None]) -> None:
        self._admit = admit

    def admit(self, listener: socket.socket) -> None:
        """Relays what connects to ``listener`` too; owns it from now on."""
        self._admit(listener)


def listen(path: Path, owner: Callable[[Path], None]) -> socket.socket:
    """A listening socket at ``path``, whose length does not matter, handed to its owner.

    Raises:
        ProviderFailed: it cannot be made.
    """
    try:
        listener = _bound(path)
        try:
            owner(path)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise cannot_open(path, error) from error
    return listener


def cannot_open(path: Path, error: OSError) -> ProviderFailed:
    """What is told when a door cannot be opened."""
    return ProviderFailed(f"cannot open the service socket {path}: {error.strerror or error}")


def _bound(path: Path) -> socket.socket:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(folder)
    return listener
