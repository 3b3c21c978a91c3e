"""Waiting for what may come back, and giving up on what will not."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

from syntropism.application.ports.unit_of_work import (
    CommitLost,
    StorageAway,
    StorageFailed,
    TryAgain,
)

A = TypeVar("A")

PAUSE_SECONDS_MIN: Final = 0.2
PAUSE_SECONDS_MAX: Final = 5.0

TROUBLE_SECONDS_MAX: Final = 60.0
"""For how long a store may fail, in a way that waiting does not mend by itself, before a process
that was at work gives up."""


class Stopped(Exception):
    """The process is to end; there is nothing more to wait for."""


class Patience:
    """How long to wait before another try: longer each time, anew after a success."""

    def __init__(self, stop: Event, tell: Callable[[str], object]) -> None:
        self._stop = stop
        self._tell = tell
        self._pause = PAUSE_SECONDS_MIN
        self._since: float | None = None
        self._told = ""

    def succeeded(self) -> None:
        """All is well."""
        if self._since is not None:
            self._tell("it answers again")
        self._pause, self._since, self._told = PAUSE_SECONDS_MIN, None, ""

    def failed(self, failure: StorageFailed, *, starting: bool = False) -> None:
        """Waits before another try, and tells why, once for each reason.

        Raises:
            StorageFailed: waiting does not help.
        """
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        away = isinstance(failure, StorageAway | TryAgain | CommitLost)
        if not away and (starting or now - self._since > TROUBLE_SECONDS_MAX):
            raise failure
        if str(failure) != self._told:
            self._told = str(failure)
            self._tell(f"{failure}; trying again")
        self._stop.wait(self._pause)
        self._pause = min(PAUSE_SECONDS_MAX, self._pause * 2)


def when_it_answers(ask: Callable[[], A], patience: Patience, stop: Event) -> A:
    """What ``ask`` gives, tried again while whoever is asked is only not there yet; so it must be
    something that may be repeated, for an answer can be lost.

    Raises:
        StorageFailed: waiting does not help (another schema, a wrong password).
        Stopped: the process was asked to end meanwhile.
    """
    while not stop.is_set():
        try:
            answer = ask()
        except StorageFailed as failure:
            patience.failed(failure, starting=True)
        else:
            patience.succeeded()
            return answer
    raise Stopped
