"""An orchestrator as a process: elected by a lease row, so that any number can stand by."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Final, TypeVar

from attrs import define, field

from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.leading import (
    ORCHESTRATOR,
    Leadership,
    give_up_lead,
    take_lead,
)
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.cycle import AllocationCycle
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWork, UnitOfWorkFactory
from syntropism.application.queries import economy as economy_queries
from syntropism.application.retrying import read, retried
from syntropism.application.rules import Rules
from syntropism.application.views.market import CycleView
from syntropism.domain.errors import Conflict
from syntropism.domain.market.cycles import Cycle
from syntropism.entrypoints.orchestrator import Progress
from syntropism.entrypoints.services.health import Health
from syntropism.entrypoints.services.patience import Patience

A = TypeVar("A")

TICK_SECONDS: Final = 0.5
"""How often a leader looks for lost windows and renews its lead between two cycles."""

STAND_BY_SECONDS_MAX: Final = 1.0
"""How often one that stands by looks whether somebody leads; less where leads are shorter."""


class Deposed(Exception):
    """Somebody else leads now."""


@define
class ElectedOrchestrator:
    """Leads when nobody else does, and then runs cycle after cycle.

    ``continuous``: each cycle lasts ``cycle_seconds``, whatever windows are under way; otherwise
    a cycle waits for its windows, and lasts so long only if it had none.
    """

    holder: str
    store: UnitOfWorkFactory
    rules: Rules
    cycle: Callable[[], AllocationCycle]
    founder: BirthRequest | None
    cycle_seconds: float
    lead_ms: int
    continuous: bool
    stop: Event
    health: Health
    tell: Callable[[str], object]
    on_cycle: Callable[[Progress], object]
    beat: Callable[[], object] = lambda: None
    """Called again and again, whatever it is doing; it may raise ``StorageFailed``."""
    cycles: int | None = None
    """How many to close before ending by itself."""
    _lead: Leadership | None = field(default=None, init=False)
    _closed: int = field(default=0, init=False)

    def run(self) -> int:
        """Until asked to end; tells how many cycles it has closed. Gives up its lead then."""
        patience = Patience(self.stop, self.tell)
        while not self._finished:
            try:
                self.beat()
                if self._elected():
                    self._one_cycle()
                else:
                    self.health.now("standing by", ready=True)
                    self.stop.wait(min(STAND_BY_SECONDS_MAX, self.lead_ms / 4000))
            except Deposed:
                self.tell("another orchestrator leads now; standing by")
                self._lead = None
            except StorageFailed as failure:
                self.health.now(f"cannot reach the store: {failure}", ready=False)
                patience.failed(failure)
                continue
            patience.succeeded()
        self._step_down()
        return self._closed

    @property
    def _finished(self) -> bool:
        return self.stop.is_set() or (self.cycles is not None and self._closed >= self.cycles)

    # election

    def _elected(self) -> bool:
        if self._lead is not None:
            return True
        if read(self.store, self._another_leads):
            return False
        self._lead = self._take_lead()
        if self._lead is None:
            return False
        self.tell(f"leading, under fencing number {self._lead.fence}")
        return True

    def _another_leads(self, uow: UnitOfWork) -> bool:
        """Not so if it is this one, which was elected without being told."""
        lease = uow.leases.get(ORCHESTRATOR)
        return lease is not None and lease.holder != self.holder and lease.expires_at > uow.now()

    @retried
    def _take_lead(self) -> Leadership | None:
        """The lead, once it is committed; ``None`` if somebody was faster."""
        with self.store() as uow:
            try:
                lead = take_lead(uow, self.holder, self.lead_ms)
            except Conflict:
                return None
            found_economy(Effects(uow, self.rules, LOCAL.name), self.founder)
            uow.commit()
        return lead

    def _step_down(self) -> None:
        if self._lead is None:
            return
        try:
            self._give_up(self._lead)
        except StorageFailed as failure:
            self.tell(f"could not give up the lead: {failure}")
        self._lead = None

    @retried
    def _give_up(self, lead: Leadership) -> None:
        with self.store() as uow:
            give_up_lead(uow, lead)
            uow.commit()

    # leading

    def _one_cycle(self) -> None:
        """One cycle, and the rest of the time that it lasts; or, while there is nobody to live
        windows, a moment."""
        self.tick()
        if self._nobody_works():
            self.health.now("leading; no worker is live", ready=True)
            self.stop.wait(TICK_SECONDS)
            return
        lead = self._lead
        assert lead is not None
        cycle = self._led(lambda: self.cycle().run(lead))
        self.health.now(f"leading; cycle {cycle.number}", ready=True)
        if not cycle.closed:
            return
        self._closed += 1
        status = read(self.store, economy_queries.status)
        self.on_cycle(Progress(CycleView.of(cycle), status))
        self._rest(cycle)

    def _nobody_works(self) -> bool:
        """Whether the market would be closed: no new cycle is opened then, for nobody should
        age while it can buy nothing."""

        def closed(uow: UnitOfWork) -> bool:
            latest = uow.cycles.latest()
            under_way = latest is not None and not latest.closed
            return not under_way and not uow.workers.live(uow.now())

        return read(self.store, closed)

    def _rest(self, cycle: Cycle) -> None:
        won = cycle.certificate is not None and cycle.certificate.wins > 0
        if won and not self.continuous:
            return
        until = cycle.opened_at + timedelta(seconds=self.cycle_seconds)
        while not self._finished:
            left = (until - read(self.store, lambda uow: uow.now())).total_seconds()
            if left <= 0:
                return
            self.stop.wait(min(TICK_SECONDS, left))
            self.tick()
            self._led(self._attend)

    def _attend(self) -> None:
        self.cycle().attend(self._lead)

    def tick(self) -> None:
        """Renews the lead, and takes back what workers have lost."""
        self.beat()
        lead = self._lead
        if lead is not None:
            self._led(lambda: self.cycle().recover(lead, everything=False))
            self.health.now(self.health.state, ready=True)

    def wait_for_windows(self) -> int:
        """What a cycle that is not continuous does while windows are lived; how many there
        were."""
        count = 0
        while not self.stop.is_set():
            left = len(read(self.store, lambda uow: uow.executions.unfinished()))
            if not left:
                break
            count = max(count, left)
            self.stop.wait(TICK_SECONDS / 2)
            self.tick()
        return count

    def _led(self, step: Callable[[], A]) -> A:
        """What a step of the leader gives.

        Raises:
            Deposed: somebody else has been elected meanwhile.
        """
        try:
            return step()
        except Conflict as refusal:
            lease = read(self.store, lambda uow: uow.leases.get(ORCHESTRATOR))
            lead = self._lead
            if lead and lease and (lease.holder, lease.fence) == (lead.holder, lead.fence):
                raise
            raise Deposed(refusal.message) from None
