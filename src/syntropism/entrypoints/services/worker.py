"""A worker as a process: keeps its slots busy until it is asked to end, then drains."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from threading import Event
from typing import Final

from attrs import define, field, frozen

from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.ports.worker_desk import LeasedWindow
from syntropism.application.worker import Worker
from syntropism.domain.errors import DomainError
from syntropism.entrypoints.container import RemoteDesk
from syntropism.entrypoints.services.clocks import ClockWatch, machine_now
from syntropism.entrypoints.services.health import Health
from syntropism.entrypoints.services.patience import Patience

LOOK_SECONDS: Final = 0.25
"""How often an idle worker looks for windows."""

SIGN_ON_SECONDS_MAX: Final = 5.0


@frozen(slots=True, kw_only=True)
class Offer:
    """What a worker has room for."""

    cpu_cores: float
    memory_mb: float
    slots: int


@define
class Shift:
    """One worker at work. ``stop`` asks it to take nothing new and to end what it has within
    ``drain_seconds``; ``give_back`` to give back at once what is left then (the worker's
    ``stopping`` looks at it)."""

    desk: RemoteDesk
    worker: Worker
    offer: Offer
    stop: Event
    give_back: Event
    drain_seconds: float
    health: Health
    tell: Callable[[str], object]
    clocks: ClockWatch | None = None
    """Hears what time it is where the economy is."""
    depends: Callable[[], object] = lambda: None
    """Asked before windows are taken: raises ``StorageFailed`` while what they need is away."""
    _signed_on: float = field(default=float("-inf"), init=False)
    _busy: set[Future[None]] = field(factory=set, init=False)

    def work(self) -> None:
        """Until asked to end, and then until nothing is left.

        Raises:
            DomainError: the economy does not take this worker (its token, its name).
        """
        patience = Patience(self.stop, self.tell)
        with ThreadPoolExecutor(self.offer.slots, thread_name_prefix="window") as pool:
            while not self.stop.is_set():
                try:
                    self._sign_on()
                    self._take(pool)
                except StorageFailed as failure:
                    self.health.now(f"cannot reach the economy: {failure}", ready=False)
                    patience.failed(failure)
                    continue
                patience.succeeded()
                self.health.now(f"{len(self._busy)} windows", ready=True)
                self._look()
            self._drain()

    def _take(self, pool: ThreadPoolExecutor) -> None:
        room = self.offer.slots - len(self._busy)
        if room:
            self.depends()
            self._busy |= {pool.submit(self._live, one) for one in self.desk.lease(room)}

    def _live(self, window: LeasedWindow) -> None:
        try:
            self.worker.live(window)
        except (StorageFailed, DomainError) as failure:  # its lease runs out, and it is tried again
            self.tell(f"a window was given up: {failure}")

    def _look(self) -> None:
        """Waits for a window to end, or a moment."""
        if not self._busy:
            self.stop.wait(LOOK_SECONDS)
            return
        done, self._busy = wait(self._busy, LOOK_SECONDS, FIRST_COMPLETED)
        for one in done:
            one.result()

    def _sign_on(self, *, draining: bool = False, at_once: bool = False) -> None:
        every = min(SIGN_ON_SECONDS_MAX, self.desk.lease_seconds / 4)
        if not at_once and time.monotonic() - self._signed_on < every:
            return
        offer, began = self.offer, machine_now()
        answer = self.desk.sign_on(offer.cpu_cores, offer.memory_mb, offer.slots, draining=draining)
        if self.clocks is not None:
            self.clocks.heard(datetime.fromisoformat(answer["now"]), began)
        self._signed_on = time.monotonic()

    def _drain(self) -> None:
        until = time.monotonic() + self.drain_seconds
        if self._busy:
            self.tell(f"draining {len(self._busy)} windows for at most {self.drain_seconds:g} s")
        while self._busy:
            if time.monotonic() >= until:
                self.give_back.set()
            self.health.now(f"draining {len(self._busy)} windows", ready=False)
            try:
                self._sign_on(draining=True)
            except StorageFailed:
                time.sleep(LOOK_SECONDS)
            done, self._busy = wait(self._busy, LOOK_SECONDS, FIRST_COMPLETED)
            for one in done:
                one.result()
        try:
            self.desk.sign_off()
        except StorageFailed as failure:
            self.tell(f"could not sign off: {failure}")
