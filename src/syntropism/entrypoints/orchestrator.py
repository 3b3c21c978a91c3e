"""A whole economy in one process: the API, the worker and the cycles, one after another."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final

from attrs import define, field, frozen

from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.leading import Leadership, abandoned, take_lead
from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.cycle import LEAD_MS
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries import economy as economy_queries
from syntropism.application.retrying import retried
from syntropism.application.views.economy import StatusView
from syntropism.application.views.market import CycleView
from syntropism.entrypoints.collecting import collect_seldom
from syntropism.entrypoints.container import Container

RUN_TARGET: Final = "run-target"
"""The file that remembers how far a run was to go."""


@frozen(slots=True, kw_only=True)
class Pace:
    """How long cycles last, in seconds. ``every`` cycle with a live human, only an ``idle`` one
    otherwise, none in a demo (both 0)."""

    every: float = 0.0
    idle: float = 0.0


@frozen(slots=True)
class Progress:
    """What is shown after each cycle."""

    cycle: CycleView
    status: StatusView


class RunTarget:
    """The cycle up to which runs were asked for: what is outstanding after an interruption."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def outstanding(self, closed: int) -> int:
        """How many cycles an interrupted run still owes."""
        try:
            return max(0, int(self._path.read_text().strip()) - closed)
        except (OSError, ValueError):
            return 0

    def extend(self, target: int) -> None:
        """Remembers the target until it is reached."""
        part = self._path.with_suffix(".part")
        part.write_text(f"{target}\n")
        part.replace(self._path)

    def reached(self) -> None:
        """Forgets it."""
        self._path.unlink(missing_ok=True)


@define
class Orchestrator:
    """Runs cycles until it is told to stop. Its folder's lock proves that it is alone."""

    container: Container
    folder: Path
    founder: BirthRequest | None = None
    company: tuple[BirthRequest, ...] = ()
    """Agents created beside the founder when the economy is founded."""
    stop: Event = field(factory=Event)
    _lead: Leadership | None = None

    def start(self) -> bool:
        """Takes the lead, founds the economy if it is new (told by the answer), and takes back
        what a crashed predecessor left. Repeatable.

        Raises:
            StorageFailed: the store cannot be used, or another process runs this economy.
        """
        lock = self.container.lock()
        if lock is not None:
            lock.acquire()
        collect_seldom()
        new = self._found()
        assert self._lead is not None
        self.container.sandbox().cleanup(0)
        self.container.cycle().recover(self._lead, everything=True)
        return new

    @retried
    def _found(self) -> bool:
        rules, store = self.container.rules(), self.container.store()
        with store() as uow:
            name = f"run-{rules.ids.new()}"
            self._lead = take_lead(uow, name, LEAD_MS, vacant=abandoned(uow))
            fx = Effects(uow, rules, LOCAL.name)
            new = found_economy(fx, self.founder)
            if new:
                for member in self.company:
                    create_agent(fx, member)
            uow.commit()
            return new

    def closed(self) -> int:
        """How many cycles have been closed."""
        with self.container.store()(read_only=True) as uow:
            latest = uow.cycles.latest()
        if latest is None:
            return 0
        return latest.number if latest.closed else latest.number - 1

    def run(
        self,
        cycles: int | None,
        pace: Pace,
        on_cycle: Callable[[Progress], object] = lambda _progress: None,
    ) -> int:
        """Closes ``cycles`` more cycles (``None``: until stopped), after those that an
        interrupted run still owes; tells how many it closed."""
        target = RunTarget(self.folder / RUN_TARGET)
        start = self.closed()
        goal = None if cycles is None else start + target.outstanding(start) + cycles
        if goal is not None:
            target.extend(goal)
        closed = start
        while not self.stop.is_set() and (goal is None or closed < goal):
            progress = self._cycle()
            if progress is None:
                break
            closed = progress.cycle.cycle
            on_cycle(progress)
            self._rest(progress, pace, endless=goal is None)
        if goal is not None and closed >= goal:
            target.reached()
        return closed - start

    def _cycle(self) -> Progress | None:
        assert self._lead is not None
        cycle = self.container.cycle().run(self._lead)
        if not cycle.closed:
            return None
        with self.container.store()(read_only=True) as uow:
            return Progress(CycleView.of(cycle), economy_queries.status(uow))

    def _rest(self, progress: Progress, pace: Pace, *, endless: bool) -> None:
        """Waits out the rest of the cycle; a finite run does not wait for the dead."""
        extinct = progress.status.alive + progress.status.dormant == 0
        if extinct and not endless:
            return
        seconds = pace.every if progress.cycle.wins else max(pace.every, pace.idle)
        if not seconds or progress.cycle.closed_at is None:
            return
        spent = (progress.cycle.closed_at - progress.cycle.opened_at).total_seconds()
        self.stop.wait(max(0.0, seconds - spent))

    def close(self) -> None:
        """Lets the store and the folder go."""
        dispose = getattr(self.container.store(), "close", None)
        if dispose is not None:
            dispose()
        lock = self.container.lock()
        if lock is not None:
            lock.release()
