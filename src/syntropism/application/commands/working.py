"""Workers come, say what they have room for, and go."""

from attrs import define

from syntropism.application.effects import Effects
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import WorkerId
from syntropism.domain.market.resources import NOTHING, Rates, add_rates, fits, subtract_rates

_ELSEWHERE = (10**18, 10**18)
"""Tokens and attention belong to no worker: of these there is room everywhere."""


@define(slots=True)
class Room:
    """What is left at one worker; ``None`` where nothing was declared."""

    left: Rates | None

    def take(self, rates: Rates) -> bool:
        """Takes ``rates`` if there is room for them, and tells whether."""
        if self.left is None:
            return True
        if not fits(rates, self.left):
            return False
        self.left = subtract_rates(self.left, rates)
        return True


def sign_on(fx: Effects, declared: DeclaredWorker) -> None:
    """A worker says, again and again, that it is there and what it has room for. It may drain
    what it has and take nothing new."""
    known = fx.uow.workers.get(declared.id)
    fx.uow.workers.save(declared)
    if known is None or not known.live(fx.now):
        if declared.live(fx.now):
            fx.happened(
                "execution.worker.joined",
                worker_id=declared.id,
                cpu_milli=declared.cpu_milli,
                memory_milli_mb=declared.memory_milli_mb,
                slots=declared.slots,
            )
    elif declared.draining:
        fx.happened("execution.worker.drained", worker_id=declared.id)


def sign_off(fx: Effects, worker_id: WorkerId) -> None:
    """A worker leaves; repeatable. What it still has is lost with its leases."""
    known = fx.uow.workers.get(worker_id)
    if known is not None and known.expires_at > fx.now:
        fx.uow.workers.save(known.gone(fx.now))
        fx.happened("execution.worker.left", worker_id=worker_id)


def room_of(fx: Effects, worker_id: WorkerId) -> Room:
    """What a worker has room for now, locked: nothing while it drains or is thought gone."""
    declared = fx.uow.workers.get(worker_id)
    if declared is None:
        return Room(None)
    if not declared.live(fx.now):
        return Room(NOTHING)
    held = NOTHING
    for one in fx.uow.executions.under_way_of(worker_id):
        held = add_rates(held, one.bundle.rates)
    return Room((*subtract_rates(declared.rates, held)[:2], *_ELSEWHERE))
