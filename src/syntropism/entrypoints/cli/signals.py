"""Ctrl-C: once to end cleanly, twice to leave at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
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

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """A signal came."""
        self._seen += 1
        self.stop.set()
        if self._seen == 1:
            return
        self.before_leaving()
        sys.stderr.write("error: interrupted twice; the same command resumes\n")
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # threads that still wait for something must not hold us back


@contextmanager
def interrupts(stop: Event) -> Iterator[Interrupts]:
    """Takes SIGINT, SIGTERM and SIGHUP while it lasts."""
    handler = Interrupts(stop)
    earlier = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield handler
    finally:
        for number, former in earlier.items():
            signal.signal(number, former)
