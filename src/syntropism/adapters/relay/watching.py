"""What the relay waits for. It asks epoll itself: the ``selectors`` module takes as long to tell
that some bytes are there as it takes to hand them on."""

import select
import socket
from typing import Final, Generic, TypeVar

from attrs import define

READ: Final = select.EPOLLIN
WRITE: Final = select.EPOLLOUT
SOME: Final = 128
"""Told at once, at most; the rest comes next."""

Whose = TypeVar("Whose")


@define(slots=True, eq=False)
class Watched(Generic[Whose]):
    """A socket, whose it is, and what is waited for there (a mask of READ and WRITE)."""

    side: socket.socket
    whose: Whose
    mask: int


class Watcher(Generic[Whose]):
    """Sockets that are waited for; for one thread."""

    def __init__(self) -> None:
        """Raises OSError when the host has no descriptor left."""
        self._epoll = select.epoll()
        self._watched: dict[int, Watched[Whose]] = {}

    def watch(self, side: socket.socket, whose: Whose, mask: int) -> None:
        """Waits for ``mask`` at ``side`` from now on; for nothing any more, if it is 0."""
        number = side.fileno()
        known = self._watched.get(number)
        if known is None:
            if mask:
                self._epoll.register(number, mask)
                self._watched[number] = Watched(side, whose, mask)
        elif not mask:
            self.forget(side)
        elif known.mask != mask:
            self._epoll.modify(number, mask)
            known.mask = mask

    def forget(self, side: socket.socket) -> None:
        """Waits for nothing at ``side``, which must still be open; repeatable."""
        if self._watched.pop(side.fileno(), None) is not None:
            self._epoll.unregister(side.fileno())

    def wait(self, seconds: float | None) -> list[tuple[Watched[Whose], int]]:
        """Where something can be done, and what (a part of its mask): what has broken can be read
        and written. What is forgotten before its turn comes is still told."""
        known, found = self._watched, []
        for number, events in self._epoll.poll(seconds, SOME):
            watched = known[number]
            if events != watched.mask:
                events = _meaning(events) & watched.mask
            found.append((watched, events))
        return found

    def close(self) -> None:
        """Waits for nothing any more."""
        self._watched.clear()
        self._epoll.close()


def _meaning(events: int) -> int:
    return (READ if events & ~WRITE else 0) | (WRITE if events & ~READ else 0)
