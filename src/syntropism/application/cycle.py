"""The allocation cycle: open → clear → execute → collect → reprice → cull → close.

Every step can be repeated after a crash and does its work once: all state is in the store, and
each step looks there first for how far its cycle has come.
"""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from attrs import field, frozen

from syntropism.application.commands import cycle_steps, settling
from syntropism.application.commands.leading import Leadership, require_lead, take_lead
from syntropism.application.commands.prompting import score_prompt
from syntropism.application.commands.windows import recover_windows
from syntropism.application.effects import Effects
from syntropism.application.placing import clear_and_place, live_capacity, room_left
from syntropism.application.ports.clearing_engine import ClearingEngine, ReferenceEngine
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.execution_queue import ExecutionQueue, QueueItem
from syntropism.application.ports.human import HumanChannel
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.queries.people import prompt_queue
from syntropism.application.retrying import read, retried
from syntropism.application.rules import Rules
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import AgentId, PromptId
from syntropism.domain.market.book import Book
from syntropism.domain.market.cycles import Cycle, CycleStep
from syntropism.domain.market.resources import Rates, subtract_rates
from syntropism.domain.market.rounds import RoundResult

T = TypeVar("T")

_log: Final = logging.getLogger("syntropism.cycle")

LEAD_MS = 30_000
"""How long leadership lasts without being renewed; every step renews it."""

LOOK_MS = 200
"""How long an idle clock sleeps before it looks whether the process is to end."""


@frozen(slots=True, kw_only=True)
class AllocationCycle:
    """The story of one cycle, with those who take part in it.

    ``execute`` lives the queued windows; ``human`` scores prompts between execution and
    repricing (``None``: somebody scores through another door, or nobody does). ``live`` says
    that a real human watches: prompts then expire by wall time. With a ``workforce`` windows
    are lived by workers that have declared what they have room for, and ``queue`` tells them
    (``None``: they look at the rows); without, the configured capacity is that of one worker.
    ``lead_ms`` is how long leadership lasts unless a step renews it.
    """

    store: UnitOfWorkFactory
    rules: Rules
    clock: Clock
    workspaces: Workspaces
    execute: Callable[[], int]
    human: HumanChannel | None = None
    live: bool = False
    engine: ClearingEngine = field(factory=ReferenceEngine)
    workforce: bool = False
    queue: ExecutionQueue | None = None
    lead_ms: int = LEAD_MS
    tidy: Callable[[Leadership], object] = lambda _lead: None
    """Called once in each cycle, after the dead were buried: removes what nobody needs."""
    stopping: Callable[[], bool] = lambda: False
    _unburied: dict[AgentId, None] = field(factory=dict, init=False)
    """Whose workspaces are still to be archived."""

    def run(self, lead: Leadership) -> Cycle:
        """Runs the cycle that is under way, or the next one, to its end; or, once ``stopping``,
        only as far as it has come, to be resumed later.

        Raises:
            Conflict: somebody else has been elected since.
        """
        self.recover(lead, everything=False)
        cycle = self._step(lead, lambda fx: cycle_steps.open_cycle(fx, self._capacity(fx.uow)))
        number = cycle.number
        self._clear(lead, number)
        if cycle.step in (CycleStep.OPENED, CycleStep.FROZEN, CycleStep.SETTLED):
            self.execute_windows(lead)
            if self.stopping():
                return cycle
            self._step(lead, lambda fx: cycle_steps.collect(fx, number))
        self._step(lead, lambda fx: cycle_steps.reprice(fx, number))
        self._step(lead, lambda fx: cycle_steps.cull(fx, number, wall_time=self.live))
        self._bury(number)
        self.tidy(lead)
        return self._step(lead, lambda fx: cycle_steps.close(fx, number))

    def _clear(self, lead: Leadership, number: int) -> None:
        """Freeze, solve, settle. Solving is pure and outside any transaction: after a crash it
        is simply done again from the frozen bids."""
        cycle = self._step(lead, lambda fx: cycle_steps.freeze(fx, number))
        if cycle.step is not CycleStep.FROZEN:
            return
        book, capacity, places = read(
            self.store,
            lambda uow: (
                cycle_steps.order_book(Effects(uow, self.rules, "orchestrator"), number),
                self._capacity(uow),
                room_left(uow) if self.workforce else [],
            ),
        )
        live = subtract_rates(capacity, cycle.held)
        free = tuple(map(min, cycle.free, live))  # the machine may be smaller since the freeze
        parameters = self.rules.parameters

        def clear(book: Book) -> RoundResult:
            return self.engine.clear_round(book, free, cycle.prices, parameters, cycle.held)

        if self.workforce:
            result, homes = clear_and_place(book, places, clear)
        else:
            result, homes = clear(book), settling.NOWHERE
        self._step(lead, lambda fx: settling.settle(fx, number, result, homes, book))
        self._offer()

    def _capacity(self, uow: UnitOfWork) -> Rates:
        """What can be sold now, held windows included."""
        parameters = self.rules.parameters
        return live_capacity(uow, parameters) if self.workforce else parameters.capacity_rates

    def _offer(self) -> None:
        """Tells workers of all that is queued: what has just been won, and what was told before
        and may have been lost."""
        if self.queue is None:
            return
        unfinished = read(self.store, lambda uow: uow.executions.unfinished())
        self.queue.offer(
            [
                QueueItem(one.id, one.attempt, one.offered_to)
                for one in unfinished
                if one.status is ExecutionStatus.QUEUED
            ]
        )

    def execute_windows(self, lead: Leadership | None = None) -> None:
        """Lives the queued windows, and lets the human look, as :meth:`attend`."""
        windows = self.execute()
        self.attend(lead)
        if (self.human is not None or self.live) and not windows:
            self._wait_for_human(lead)

    def _wait_for_human(self, lead: Leadership | None) -> None:
        """An idle clock waits for pending prompts, a few cycles at most."""
        parameters = self.rules.parameters
        for _ in range(parameters.wait_for_human_cycles):
            if not self._prompts_wait() or not self._wait(parameters.cycle_ms):
                return
            self.attend(lead)

    def _prompts_wait(self) -> bool:
        return bool(read(self.store, lambda uow: uow.prompts.queued()))

    def _wait(self, milliseconds: int) -> bool:
        """Lets time pass; false, early, once the process is to end or a person, who answers
        through another door, has left nothing to wait for."""
        for passed in range(0, milliseconds, LOOK_MS):
            if self.stopping() or (self.live and not self._prompts_wait()):
                return False
            self.clock.sleep(min(LOOK_MS, milliseconds - passed) / 1000)
        return not self.stopping()

    def attend(self, lead: Leadership | None = None) -> int:
        """Shows the queue to the human and takes the scores in; tells how many came.

        Raises:
            Conflict: ``lead`` is given, and somebody else has been elected since.
        """
        if self.human is None:
            return 0
        queue = read(self.store, prompt_queue)
        if not queue:
            return 0
        return sum(self._score(lead, *answer) for answer in self.human.consider(queue))

    @retried
    def _score(self, lead: Leadership | None, prompt_id: PromptId, scores: Scores) -> bool:
        """Takes one answer in, unless the prompt ended while it was read (an operator scored
        or skipped it, or its agent died)."""
        assert self.human is not None
        with self.store() as uow:
            if lead is not None:
                require_lead(uow, lead)
            fx = Effects(uow, self.rules, self.human.name)
            try:
                score_prompt(fx, prompt_id, scores, self.human.name)
            except Conflict:
                return False
            uow.commit()
            return True

    def _bury(self, number: int) -> None:
        """Archives the workspaces of those who died since the cycle before was told, by this one
        or by an operator's hand; repeatable. A host that has no room for an archive is no reason
        to stop the market: the folder stays where it is, whole, and the next cycle tries again."""
        dead = read(
            self.store, lambda uow: [*uow.agents.died_in(number - 1), *uow.agents.died_in(number)]
        )
        self._unburied.update(dict.fromkeys(agent.id for agent in dead))
        for agent_id in list(self._unburied):
            try:
                self.workspaces.archive(agent_id)
            except ProviderFailed as fault:
                _log.warning("a workspace was not archived: %s", fault)
                return
            del self._unburied[agent_id]

    @retried
    def _step(self, lead: Leadership, step: Callable[[Effects], T]) -> T:
        with self.store() as uow:
            require_lead(uow, lead)
            take_lead(uow, lead.holder, self.lead_ms)
            answer = step(Effects(uow, self.rules, "orchestrator"))
            uow.commit()
            return answer

    def recover(self, lead: Leadership, *, everything: bool) -> int:
        """Takes back what earlier workers have lost; ``everything`` when they are all gone."""
        taken = self._step(lead, lambda fx: recover_windows(fx, everything=everything))
        self._offer()
        return len(taken)
