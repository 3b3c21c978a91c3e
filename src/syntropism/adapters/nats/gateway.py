"""What this process does over NATS, kept going in a thread: a lost server is waited for."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Final, Protocol

from syntropism.adapters.nats.link import Link, Unreachable, Unusable
from syntropism.application.ports.event_publisher import PublishFailed
from syntropism.application.ports.unit_of_work import StorageFailed

REST_SECONDS: Final = 0.1
"""Between two looks for work."""

BACKOFF_SECONDS_MAX: Final = 10.0
STOP_SECONDS_MAX: Final = 5.0
"""For what is under way, and what is still to be done."""

_log: Final = logging.getLogger("syntropism.nats")


class Part(Protocol):
    """One thing to be done over the link; every method may raise what waiting helps against."""

    def open(self) -> None:
        """Prepares the server for it; repeatable."""
        ...

    def step(self) -> bool:
        """Does the next piece of work; whether there may be more at once."""
        ...

    def close(self) -> None:
        """Lets others go on with it."""
        ...


class Gateway:
    """Opens the link and its parts, lets each step in turn, and begins again after a failure,
    of which it tells once."""

    def __init__(self, link: Link, parts: Sequence[Part]) -> None:
        self._link = link
        self._parts = parts
        self._stop = Event()
        self._thread = Thread(target=self._run, name="nats-gateway", daemon=True)
        self._opened = False
        self._told = ""

    @property
    def address(self) -> str:
        """The server, without user and password."""
        return self._link.shown

    @property
    def trouble(self) -> str:
        """What keeps it from its work now, one line; empty if nothing does."""
        return self._told

    def start(self) -> None:
        """Begins. A server that does not answer yet is waited for.

        Raises:
            Unusable: it refuses us, is too old or has no JetStream.
        """
        try:
            self._link.open()
        except Unreachable as problem:
            self._tell(str(problem))
        except Unusable:
            self._link.close()
            raise
        self._thread.start()

    def stop(self) -> None:
        """Ends it; repeatable."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS_MAX)
        for part in self._parts if self._opened else ():
            with suppress(Exception):
                part.close()
        self._opened = False
        self._link.close()

    def _run(self) -> None:
        pause = REST_SECONDS
        while not self._stop.is_set():
            try:
                busy = self._step()
            except (Unreachable, Unusable, PublishFailed, StorageFailed) as problem:
                self._tell(str(problem))
            except Exception:
                if not self._stop.is_set():
                    _log.exception("the NATS gateway stumbled")
            else:
                if self._told:
                    _log.warning("NATS at %s: all is well again", self._link.shown)
                    self._told = ""
                pause = REST_SECONDS
                if not busy:
                    self._stop.wait(pause)
                continue
            self._opened = False
            self._stop.wait(pause)
            pause = min(BACKOFF_SECONDS_MAX, 2 * pause)
        self._finish()

    def _finish(self) -> None:
        """Does what is still to be done, as far as it can be done soon."""
        ending = time.monotonic() + STOP_SECONDS_MAX / 2
        with suppress(Exception):
            while self._opened and self._link.connected and time.monotonic() < ending:
                if not self._step():
                    break

    def _step(self) -> bool:
        if not self._opened:
            self._link.open()
            for part in self._parts:
                part.open()
            self._opened = True
        busy = [part.step() for part in self._parts]
        return any(busy)

    def _tell(self, problem: str) -> None:
        if problem != self._told and not self._stop.is_set():
            self._told = problem
            _log.warning("%s; trying again", problem)
