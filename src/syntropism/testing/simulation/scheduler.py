"""Who runs next: processes that take turns as a seed decides, on a clock of their own.

Every process is a greenlet: it runs until it gives its turn back, which it does at every port it
calls. So the same seed gives the same interleaving, on every machine.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final

from attrs import define
from greenlet import getcurrent, greenlet

EPOCH: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")

STEP_MS_MAX: Final = 4
"""How much time may pass while one process has the turn, in milliseconds."""


class Killed(BaseException):
    """The process was killed (SIGKILL): nothing that it still does reaches the world."""


class Stuck(AssertionError):
    """No process can go on, or one never gives its turn back: a deadlock of ours."""


@define(eq=False)
class Process:
    """One process of the simulation; ``skew`` is how far its own clock is off."""

    name: str
    body: Callable[[], object]
    skew: timedelta = timedelta()
    wakes_at: float = 0.0
    waits_for: Callable[[], bool] | None = None
    killed: bool = False
    ended: bool = False
    error: BaseException | None = None
    life: greenlet | None = None


class Scheduler:
    """Gives turns. ``seconds`` is the time of the world since its beginning."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.seconds = 0.0
        self.jump = timedelta()
        self.steps = 0
        self._processes: list[Process] = []
        self._current: Process | None = None
        self.ended: list[Process] = []
        self._director = getcurrent()

    def now(self) -> datetime:
        """The wall clock of the database, jumps included."""
        return EPOCH + timedelta(seconds=self.seconds) + self.jump

    def current(self) -> Process:
        """The process whose turn it is."""
        assert self._current is not None, "only processes of the simulation may ask"
        return self._current

    def inside(self) -> bool:
        """Whether a process asks, and not the simulation itself."""
        return self._current is not None

    def living(self) -> list[Process]:
        """The processes that have not ended."""
        return list(self._processes)

    def start(self, name: str, body: Callable[[], object], skew_ms: int = 0) -> Process:
        """A new process; it runs when it is given a turn."""
        process = Process(name, body, timedelta(milliseconds=skew_ms))
        process.life = greenlet(lambda: self._live(process), self._director)
        self._processes.append(process)
        return process

    def _live(self, process: Process) -> None:
        try:
            if not process.killed:
                process.body()
        except Killed:
            pass
        except BaseException as error:  # told by the simulation, with the seed
            process.error = error
        finally:
            process.ended = True

    # what processes call

    def switch(self) -> None:
        """Gives the turn back. A killed process ends here."""
        process = self._current
        if process is None:
            return
        if not process.killed:
            self._director.switch()
        if process.killed:
            raise Killed(process.name)

    def sleep(self, seconds: float) -> None:
        """Waits; without a process the time of the world just moves on."""
        if self._current is None:
            self.seconds += max(0.0, seconds)
            return
        self._current.wakes_at = self.seconds + max(0.0, seconds)
        self.switch()

    def wait(self, ready: Callable[[], bool]) -> None:
        """Waits until ``ready``."""
        process = self.current()
        while not ready():
            process.waits_for = ready
            self.switch()
            process.waits_for = None

    # what the simulation does to them

    def kill(self, process: Process) -> None:
        """SIGKILL: whatever it was doing is over."""
        process.killed = True
        process.waits_for, process.wakes_at = None, 0.0
        self._give(process)

    def stop(self, process: Process, seconds: float) -> None:
        """SIGSTOP, and SIGCONT ``seconds`` later."""
        process.wakes_at = max(process.wakes_at, self.seconds + seconds)

    def leap(self, seconds: float) -> None:
        """The clock of the database jumps."""
        self.jump += timedelta(seconds=seconds)

    def step(self) -> bool:
        """Gives one turn, or lets time pass until somebody wakes; false if nobody is left."""
        living = self._processes
        if not living:
            return False
        now = self.seconds
        ready = [
            one
            for one in living
            if one.wakes_at <= now and (one.waits_for is None or one.waits_for())
        ]
        if not ready:
            sleeping = [one.wakes_at for one in living if one.wakes_at > self.seconds]
            if not sleeping:
                raise Stuck(f"nobody can go on: {', '.join(one.name for one in living)}")
            self.seconds = min(sleeping)
            return True
        self.steps += 1
        lot = self.random.random  # (randrange and choice take longer than a turn may)
        self.seconds += int(lot() * STEP_MS_MAX) / 1000
        self._give(ready[int(lot() * len(ready))])
        return True

    def _give(self, process: Process) -> None:
        if process.ended:
            return
        assert process.life is not None
        self._current = process
        process.life.switch()
        self._current = None
        if process.ended:
            self._processes.remove(process)
            self.ended.append(process)

    def close(self) -> None:
        """Ends every process."""
        for process in self.living():
            while not process.ended:
                self.kill(process)


@define
class ProcessClock:
    """The clock that a process sees: its own, which may be off. Sleeping is monotonic."""

    scheduler: Scheduler

    def now(self) -> datetime:
        """See the port."""
        now = self.scheduler.now()
        return now + self.scheduler.current().skew if self.scheduler.inside() else now

    def sleep(self, seconds: float) -> None:
        """See the port."""
        self.scheduler.sleep(seconds)


@define
class StoreClock:
    """The clock of the database: the one that leases and deadlines compare on."""

    scheduler: Scheduler

    def now(self) -> datetime:
        """See the port."""
        return self.scheduler.now()

    def sleep(self, seconds: float) -> None:
        """See the port."""
        self.scheduler.sleep(seconds)
