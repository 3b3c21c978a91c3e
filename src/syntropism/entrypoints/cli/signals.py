"""Ctrl-C: once to end cleanly, twice to leave at once."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType
from typing import Final

from syntropism.entrypoints.cli.exits import INTERRUPTED

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Sets ``stop`` at the first signal; leaves the process at the second. What was under way
    then is taken back by the next run."""

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.before_leaving: Callable[[], object] = lambda: None
        """Called before the process is left, to put the terminal in order."""
        self._seen = 0

    def came(self) -> None:
        """A signal came."""
        self._seen += 1
        if self._seen == 1:
            self.stop.set()
            return
        self.before_leaving()
        sys.stderr.write("error: interrupted twice; the same command resumes\n")
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # threads that still wait for something must not hold us back


@contextmanager
def interrupts(stop: Event) -> Iterator[Interrupts]:
    """Takes SIGINT, SIGTERM and SIGHUP while it lasts.

    They are answered by a thread of their own. A handler runs wherever the main thread happens
    to be, and an event's lock may be held right there: to set it then would wait for ever.
    """
    taken = Interrupts(stop)
    bell, wire = socket.socketpair()
    wire.setblocking(False)
    answering = Thread(target=_answer, args=(bell, taken), name="signals", daemon=True)
    answering.start()
    former = signal.set_wakeup_fd(wire.fileno(), warn_on_full_buffer=False)
    earlier = {number: signal.signal(number, _heard) for number in _SIGNALS}
    try:
        yield taken
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(former)
        wire.close()
        answering.join()
        bell.close()


def _heard(_signal: int, _frame: FrameType | None) -> None:
    """Nothing: that the signal has a handler is what writes its number to the wire."""


def _answer(bell: socket.socket, taken: Interrupts) -> None:
    while numbers := bell.recv(64):
        for number in numbers:
            if number in _SIGNALS:
                taken.came()
