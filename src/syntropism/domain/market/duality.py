"""Weak duality: shadow prices, and what they prove (MARKET.md, dual greedy).

For *any* λ ≥ 0, Σ λ·c + Σ max(0, b − λ·w) is at least the welfare of every allocation. A search
finds a good λ; the bound is then evaluated exactly on all bids, so a poor search makes it loose
but never wrong.

The search looks at shares of free capacity, a = w/c, and at values relative to the largest
amount, so neither the unit of a resource nor that of money changes anything.
"""

from collections.abc import Callable, Iterable, Sequence
from math import isqrt
from operator import mul
from typing import Final

from attrs import frozen

from syntropism.domain.market.candidates import Candidate, ShadowPrices, Weight
from syntropism.domain.market.fixed_point import FRACTION_BITS, scaled_by_exponential
from syntropism.domain.market.ranking import PERMILLE
from syntropism.domain.market.resources import fits

SHARE_BITS: Final = 30
"""Shares of capacity and relative values are in 2⁻³⁰, so that 64 bits hold a product."""

_ITERATIONS: Final = 100
_SAMPLE_MAX: Final = 1_000
"""For a bound the search looks at no more bids than this, evenly spread over all of them."""

Response = Callable[[Sequence[int]], tuple[int, Sequence[int]]]
"""What the bids gain together at λ (2⁻⁶⁰ of the unit), and their load (2⁻³⁰ of capacity)."""


@frozen(slots=True)
class _Wanted:
    """One alternative of a bid: its value, and its shares of the resources it asks for."""

    value: int
    resources: tuple[int, ...]
    shares: tuple[int, ...]


class Dual:
    """The dual problem of some bids over some capacity.

    Each entry of ``bids`` holds the alternatives of one bid (main, fallback), of which at most
    one wins; what cannot fit ``capacity`` is left out.
    """

    __slots__ = ("_bids", "_capacity", "everything", "unit")

    def __init__(self, bids: Iterable[Sequence[Candidate]], capacity: tuple[int, ...]) -> None:
        fitting = [[one for one in bid if fits(one.rates, capacity)] for bid in bids]
        self._bids = [bid for bid in fitting if bid]
        self._capacity = capacity
        highest = [max(one.amount for one in bid) for bid in self._bids]
        self.unit = max(highest, default=0) or 1
        """The largest amount, in micro-credits."""
        self.everything = sum(highest)
        """What all bids that fit are worth together, in micro-credits."""

    def search(self, enough: int = 0, *, thorough: bool = False) -> ShadowPrices:
        """Good shadow prices. ``enough`` micro-credits have been reached already: prices that
        prove no more is possible end the search.

        A sample stands for all bids, unless the search is ``thorough``: an allocation by λ
        needs that, a bound does not.
        """
        stride = 1 if thorough else stride_of(len(self._bids))
        sample = [[self._wanted(one) for one in bid] for bid in self._bids[::stride]]

        def respond(values: Sequence[int]) -> tuple[int, Sequence[int]]:
            return _response(sample, values)

        contested = [rate > 0 for rate in self._capacity]
        values = descend(
            respond, self.everything, self.unit, contested, enough, (len(sample), len(self._bids))
        )
        return ShadowPrices(values, self.unit)

    def _wanted(self, one: Candidate) -> _Wanted:
        resources = tuple(r for r, rate in enumerate(one.rates) if rate)
        return _Wanted(
            (one.amount << SHARE_BITS) // self.unit,
            resources,
            tuple((one.rates[r] << SHARE_BITS) // self._capacity[r] for r in resources),
        )

    def bound(self, prices: ShadowPrices) -> int:
        """What no allocation is worth more than, in micro-credits, by ``prices``; exact."""
        per_unit = unit_prices(prices, self._capacity)
        total: int = sum(map(mul, per_unit, self._capacity))
        for bid in self._bids:
            total += max(
                0,
                *(
                    (one.amount << 2 * SHARE_BITS) - sum(map(mul, per_unit, one.rates))
                    for one in bid
                ),
            )
        return min(self.everything, total >> 2 * SHARE_BITS)


def stride_of(bids: int) -> int:
    """Every so manieth bid is in the sample of a search for a bound."""
    return -(-bids // _SAMPLE_MAX) or 1


def unit_prices(prices: ShadowPrices, capacity: tuple[int, ...]) -> tuple[int, ...]:
    """λ per milli-unit, in 2⁻⁶⁰ micro-credits. Any λ ≥ 0 bounds, so rounding is harmless."""
    return tuple(
        (value * prices.unit << SHARE_BITS) // rate if rate else 0
        for value, rate in zip(prices.values, capacity, strict=True)
    )


def shadow_prices(candidates: Iterable[Candidate], capacity: tuple[int, ...]) -> ShadowPrices:
    """The λ that a thorough search finds for ``candidates``, in whatever order they come."""
    ordered = sorted(candidates, key=lambda one: (one.sequence, one.id))
    return Dual([[one] for one in ordered], capacity).search(thorough=True)


def shadow_cost(prices: ShadowPrices, capacity: tuple[int, ...], rates: tuple[int, ...]) -> int:
    """λ·a of ``rates``, in 2⁻³⁰ of the unit of ``prices``; at least 1, and 1 for what cannot fit
    anyway, whose rank is of no consequence."""
    cost = 0
    for value, rate, available in zip(prices.values, rates, capacity, strict=True):
        if rate > available:
            return 1
        if rate:
            cost += value * ((rate << SHARE_BITS) // available)
    return max(1, cost >> SHARE_BITS)


def shadow_weight(prices: ShadowPrices, capacity: tuple[int, ...]) -> Weight:
    """The weight behind the aged density b·(1 + α·age)/(λ·a)."""

    def weight(candidate: Candidate, ageing_permille: int) -> tuple[int, int]:
        cost = shadow_cost(prices, capacity, candidate.rates)
        return PERMILLE + ageing_permille * candidate.age, cost

    return weight


def descend(
    respond: Response,
    everything: int,
    unit: int,
    contested: Sequence[bool],
    enough: int = 0,
    sample: tuple[int, int] = (1, 1),
) -> tuple[int, ...]:
    """λ ← λ·exp(0.5/√(1+t) · clip(load − 1, −1, 1)), keeping the best, in 2⁻³⁰ of ``unit``.

    ``sample`` is how many bids respond and for how many they stand; both sides are multiplied
    out. ``everything`` and ``enough`` are in micro-credits.
    """
    part, whole = sample
    target = (enough << SHARE_BITS) // unit * part
    start = (everything << SHARE_BITS) // (unit * max(1, sum(contested)))
    values = tuple(start if one else 0 for one in contested)
    best, best_bound = values, -1
    for step in range(_ITERATIONS):
        surplus, load = respond(values)
        bound = sum(values) * part + (surplus * whole >> SHARE_BITS)
        if best_bound < 0 or bound < best_bound:
            best, best_bound = values, bound
        if best_bound <= target:
            break
        pace = isqrt((1 << 2 * FRACTION_BITS - 2) // (1 + step))  # 0.5/√(1+t), fixed point
        values = tuple(
            _moved(value, wanted * whole, part << SHARE_BITS, pace) if one else 0
            for value, wanted, one in zip(values, load, contested, strict=True)
        )
    return best


def _moved(value: int, wanted: int, available: int, pace: int) -> int:
    excess = min(wanted - available, available)
    return max(1, scaled_by_exponential(value, pace * excess // available))


def _response(
    bids: Sequence[Sequence[_Wanted]], values: Sequence[int]
) -> tuple[int, Sequence[int]]:
    """Each bid chooses the alternative that gains most, if any gains at all."""
    surplus = 0
    load = [0] * len(values)
    price = values.__getitem__
    for bid in bids:
        best, chosen = 0, None
        for one in bid:
            gain = (one.value << SHARE_BITS) - sum(map(mul, map(price, one.resources), one.shares))
            if gain > best:
                best, chosen = gain, one
        if chosen is not None:
            surplus += best
            for r, share in zip(chosen.resources, chosen.shares, strict=True):
                load[r] += share
    return surplus, load
