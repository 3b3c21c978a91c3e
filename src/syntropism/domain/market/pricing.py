"""Price rules: how posted prices move after a cycle. Each is one pure function, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from syntropism.domain.market.fixed_point import ONE, scaled_by_exponential

_PERMILLE: Final = 1_000


@frozen(slots=True, kw_only=True)
class MarketObservation:
    """What a price rule may know. One entry per resource; rates in milli-units.

    ``demand`` is what was wanted at the posted prices (see ``demand.py``), ``occupied`` what
    ended up taken, ``capacity`` the total that exists, never only the free part.
    """

    prices: tuple[int, ...]
    """Posted, in pico-credits per unit·second."""
    demand: tuple[int, ...]
    occupied: tuple[int, ...]
    capacity: tuple[int, ...]
    targets_permille: tuple[int, ...]
    """u*, in thousandths of capacity."""
    min_prices: tuple[int, ...]
    max_prices: tuple[int, ...]
    step_permille: int
    """η, in thousandths."""


PriceRule = Callable[[MarketObservation], tuple[int, ...]]
"""The posted prices of the next cycle."""


def exponential(seen: MarketObservation) -> tuple[int, ...]:
    """p ← clip(p · exp(η · clip(D/(u*·S) − 1, −1, 1)), p_min, p_max).

    Rounded towards the old price, so that |Δ log p| ≤ η holds exactly. A resource that does
    not exist (S = 0) counts as unwanted unless something still holds it.
    """
    moved: list[int] = []
    for price, demand, capacity, target in zip(
        seen.prices, seen.demand, seen.capacity, seen.targets_permille, strict=True
    ):
        aim = target * capacity
        excess = min(demand * _PERMILLE - aim, aim)
        if aim:
            size = abs(excess) * seen.step_permille * ONE // (aim * _PERMILLE)
        else:
            size, excess = seen.step_permille * ONE // _PERMILLE, 1 if demand else -1
        moved.append(scaled_by_exponential(price, size if excess > 0 else -size))
    return _clipped(moved, seen)


def stepwise(seen: MarketObservation) -> tuple[int, ...]:
    """+10 % above 80 % utilization, −5 % below 20 %: the historical rule, for comparison."""
    moved: list[int] = []
    for price, occupied, capacity in zip(seen.prices, seen.occupied, seen.capacity, strict=True):
        if occupied * 5 > capacity * 4:
            moved.append(price * 11 // 10)
        elif occupied * 5 < capacity or not capacity:
            moved.append(-(-price * 19 // 20))
        else:
            moved.append(price)
    return _clipped(moved, seen)


def _clipped(prices: list[int], seen: MarketObservation) -> tuple[int, ...]:
    return tuple(
        max(low, min(price, high))
        for price, low, high in zip(prices, seen.min_prices, seen.max_prices, strict=True)
    )


PRICE_RULES: Final[Mapping[str, PriceRule]] = MappingProxyType(
    {"exponential": exponential, "stepwise": stepwise}
)
