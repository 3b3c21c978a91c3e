"""The market: its prices, its state, and its cycles."""

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from syntropism.application.views.bids import BidView
from syntropism.domain.credits import MICRO, Credits
from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.resources import MILLI, Rates

Names = tuple[str, ...]
"""The resources of a vector, in order."""


def priced(prices: tuple[int, ...], names: Names) -> dict[str, float]:
    """Posted prices as credits per unit·second, by resource (shown, never reckoned with)."""
    return {name: price / (MICRO * MICRO) for name, price in zip(names, prices, strict=True)}


def quantities(rates: Rates, names: Names) -> dict[str, float]:
    """Rates in units, by resource."""
    return {name: rate / MILLI for name, rate in zip(names, rates, strict=True)}


def shares(used: Rates, capacity: Rates, names: Names) -> dict[str, float]:
    """Each rate as a share of capacity; 0 where there is no capacity."""
    return {
        name: (rate / total if total else 0.0)
        for name, rate, total in zip(names, used, capacity, strict=True)
    }


@frozen
class PricesView:
    """The posted prices, in credits per unit·second."""

    cycle: int
    prices: Mapping[str, float]


@frozen
class ResourceState:
    """One resource now: price, capacity, what is free, and the last cycle's figures."""

    price: float
    capacity: float
    free: float
    utilization: float
    demand: float


@frozen
class MarketStateView:
    """The market now; ``book`` is ``None`` when the book is sealed."""

    cycle: int
    resources: Mapping[str, ResourceState]
    open_bids: int
    book: tuple[BidView, ...] | None


@frozen
class CycleView:
    """A cycle with the certificate of its clearing."""

    cycle: int
    step: str
    opened_at: datetime
    closed_at: datetime | None
    prices: Mapping[str, float]
    utilization: Mapping[str, float]
    demand: Mapping[str, float]
    bids: int
    wins: int
    welfare: Credits
    upper_bound: Credits
    gap: float
    volume: Credits
    strategy: str
    births: int
    deaths: int

    @classmethod
    def of(cls, cycle: Cycle) -> "CycleView":
        found = cycle.certificate
        nothing = (0,) * len(cycle.capacity)
        occupied = (
            tuple(a + b for a, b in zip(found.used, cycle.held, strict=True)) if found else nothing
        )
        return cls(
            cycle.number,
            cycle.step.value,
            cycle.opened_at,
            cycle.closed_at,
            priced(cycle.prices, cycle.resources),
            shares(occupied, cycle.capacity, cycle.resources),
            quantities(found.demand if found else nothing, cycle.resources),
            found.bids if found else 0,
            found.wins if found else 0,
            Credits(found.welfare if found else 0),
            Credits(found.upper_bound if found else 0),
            found.gap if found else 0.0,
            Credits(found.volume if found else 0),
            found.strategy if found else "",
            cycle.births,
            cycle.deaths,
        )
