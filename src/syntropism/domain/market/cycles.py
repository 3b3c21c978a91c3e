"""Cycles: the numbered runs of the market, and the certificate each leaves behind."""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from syntropism.domain.market.frontier import Frontier
from syntropism.domain.market.resources import RESOURCES, Rates


class CycleStep(StrEnum):
    """How far a cycle has come; each step is done once, however often it is repeated."""

    OPENED = "opened"
    FROZEN = "frozen"
    SETTLED = "settled"
    COLLECTED = "collected"
    REPRICED = "repriced"
    CULLED = "culled"
    CLOSED = "closed"


@frozen(slots=True, kw_only=True)
class Certificate:
    """What a clearing achieved: micro-credits for money, milli-units for resources.

    ``upper_bound`` is certified: no allocation of these bids is worth more. Why each loser lost
    is kept beside it, as the losses of the cycle.
    """

    strategy: str
    bids: int
    wins: int
    welfare: int
    upper_bound: int
    volume: int
    demand: Rates
    used: Rates
    frontier: Frontier = ()
    """What it took to get in; empty where everybody did."""

    @property
    def gap(self) -> float:
        """How much of the certified bound may have been missed: 0 is proven best."""
        return (self.upper_bound - self.welfare) / self.upper_bound if self.upper_bound else 0.0


@frozen(slots=True, kw_only=True)
class Cycle:
    """One run of the market. ``prices`` are those used; ``held`` and ``free`` what earlier
    windows occupied, and what was left, when the bids were frozen. All are in the order of
    ``resources``."""

    number: int
    opened_at: datetime
    prices: tuple[int, ...]
    capacity: Rates
    step: CycleStep = CycleStep.OPENED
    held: Rates = ()
    free: Rates = ()
    certificate: Certificate | None = None
    next_prices: tuple[int, ...] | None = None
    births: int = 0
    deaths: int = 0
    closed_at: datetime | None = None
    resources: tuple[str, ...] = RESOURCES

    @property
    def closed(self) -> bool:
        """Whether the story has been told to its end."""
        return self.step is CycleStep.CLOSED

    def frozen_with(self, held: Rates, free: Rates) -> "Cycle":
        """The bids are frozen, over this free capacity."""
        assert self.step is CycleStep.OPENED
        return evolve(self, step=CycleStep.FROZEN, held=held, free=free)

    def settled(self, certificate: Certificate) -> "Cycle":
        """The winners are charged and queued."""
        assert self.step is CycleStep.FROZEN
        return evolve(self, step=CycleStep.SETTLED, certificate=certificate)

    def collected(self) -> "Cycle":
        """The outcomes that were waited for are in."""
        assert self.step is CycleStep.SETTLED
        return evolve(self, step=CycleStep.COLLECTED)

    def repriced(self, prices: tuple[int, ...]) -> "Cycle":
        """The prices of the next cycle are found."""
        assert self.step is CycleStep.COLLECTED
        return evolve(self, step=CycleStep.REPRICED, next_prices=prices)

    def culled(self, births: int, deaths: int) -> "Cycle":
        """Those who could not pay are gone."""
        assert self.step is CycleStep.REPRICED
        return evolve(self, step=CycleStep.CULLED, births=births, deaths=deaths)

    def closed_by(self, now: datetime) -> "Cycle":
        """The end."""
        assert self.step is CycleStep.CULLED
        return evolve(self, step=CycleStep.CLOSED, closed_at=now)
