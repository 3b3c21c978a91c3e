"""The certified upper bound of a round in columns (``upper_bound`` of the domain): the same
search over the same sample, the same integers.

Each bid has a main offer, a fallback, both or neither; at most one of its offers wins.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.adapters.clearing.column_book import Entries
from syntropism.adapters.clearing.column_prices import products
from syntropism.adapters.clearing.column_sums import exact_sum
from syntropism.adapters.clearing.columns import PRODUCT_BITS, Column, Columns, DoesNotFit, bits
from syntropism.domain.market.candidates import ShadowPrices
from syntropism.domain.market.duality import SHARE_BITS, descend, stride_of, unit_prices
from syntropism.domain.market.resources import Rates

_LOW_BITS: Final = 20
_UNIT_BITS: Final = 2 * SHARE_BITS
_LIMB_BITS: Final = 15
_LIMB: Final = (1 << _LIMB_BITS) - 1
_ROWS_MAX: Final = 8
"""So many products of a limb and a rate add up within 64 bits."""


@frozen(slots=True, eq=False)
class _Side:
    """One offer of every bid that has any that fits; zero, wanting nothing, where it has none."""

    amounts: Column
    rates: Column
    there: NDArray[np.bool_]

    def every(self, stride: int) -> "_Side":
        return _Side(self.amounts[::stride], self.rates[:, ::stride], self.there[::stride])


def upper_bound(
    mains: Entries, fallbacks: Entries, bids: int, capacity: Rates, welfare: int
) -> int:
    """What no allocation of ``capacity`` could be worth more than, in micro-credits.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    if len(capacity) > _ROWS_MAX:
        raise DoesNotFit
    sides = _sides(mains, fallbacks, bids, capacity)
    highest = np.maximum(sides[0].amounts, sides[1].amounts)
    everything, unit = exact_sum(highest), int(highest.max(initial=0)) or 1
    if everything <= welfare:
        return everything
    count = len(highest)
    sample = [side.every(stride_of(count)) for side in sides]
    prices = _search(sample, count, capacity, everything, unit, welfare)
    return max(welfare, _bound(sides, prices, capacity, everything))


def bound_by(columns: Columns, prices: ShadowPrices) -> int:
    """What ``prices`` prove of one instance (``Dual.bound`` of the domain), in micro-credits.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    if len(columns.free) > _ROWS_MAX:
        raise DoesNotFit
    able = columns.fitting()
    amounts, rates = columns.amounts[able], columns.rates[:, able]
    main = _Side(amounts, rates, np.ones(len(amounts), bool))
    nothing = _Side(np.zeros_like(amounts), np.zeros_like(rates), np.zeros(len(amounts), bool))
    capacity = tuple(columns.free.tolist())
    return _bound((main, nothing), prices, capacity, exact_sum(amounts))


def _sides(mains: Entries, fallbacks: Entries, bids: int, capacity: Rates) -> tuple[_Side, _Side]:
    scattered = []
    for one in (mains, fallbacks):
        fits = one.fitting(capacity)
        there = np.zeros(bids, bool)
        there[one.places[fits]] = True
        amounts = np.zeros(bids, np.int64)
        amounts[one.places[fits]] = one.amounts[fits]
        rates = np.zeros((len(capacity), bids), np.int64)
        rates[:, one.places[fits]] = one.rates[:, fits]
        scattered.append((amounts, rates, there))
    able = scattered[0][2] | scattered[1][2]
    first, second = (
        _Side(amounts[able], rates[:, able], there[able]) for amounts, rates, there in scattered
    )
    return first, second


def _search(
    sample: Sequence[_Side], whole: int, capacity: Rates, everything: int, unit: int, enough: int
) -> ShadowPrices:
    """What ``Dual.search`` of the domain finds from this sample."""
    limits = np.array(capacity, np.int64)
    if bits(limits) + SHARE_BITS > PRODUCT_BITS:
        raise DoesNotFit
    shares = [(one.rates << SHARE_BITS) // np.maximum(limits, 1)[:, None] for one in sample]
    values = [
        np.array([(amount << SHARE_BITS) // unit for amount in one.amounts.tolist()], np.int64)
        for one in sample
    ]

    def gains(prices: Sequence[int], side: int) -> Column:
        much, little = products(prices, shares[side])
        room = (values[side] << (SHARE_BITS - _LOW_BITS)) - much
        gained: Column = (np.maximum(room, -1) << _LOW_BITS) - little
        return np.maximum(gained, 0)

    def respond(prices: Sequence[int]) -> tuple[int, Sequence[int]]:
        main, fallback = gains(prices, 0), gains(prices, 1)
        by_main = (main > 0) & (main >= fallback)
        by_fallback = fallback > main
        load = [
            int(first[by_main].sum()) + int(second[by_fallback].sum())
            for first, second in zip(*shares, strict=True)
        ]
        return exact_sum(np.maximum(main, fallback)), load

    contested = [rate > 0 for rate in capacity]
    shown = len(sample[0].amounts), whole
    return ShadowPrices(descend(respond, everything, unit, contested, enough, shown), unit)


def _bound(sides: Sequence[_Side], prices: ShadowPrices, capacity: Rates, everything: int) -> int:
    """What ``Dual.bound`` of the domain finds; exact."""
    per_unit = unit_prices(prices, capacity)
    (wins, less), (fallback_wins, fallback_less) = (_gains(one, per_unit) for one in sides)
    better = (fallback_wins > wins) | ((fallback_wins == wins) & (fallback_less < less))
    wins, less = np.where(better, fallback_wins, wins), np.where(better, fallback_less, less)
    total = sum(price * rate for price, rate in zip(per_unit, capacity, strict=True))
    total += (exact_sum(wins) << _UNIT_BITS) - exact_sum(less)
    return min(everything, total >> _UNIT_BITS)


def _gains(side: _Side, per_unit: Sequence[int]) -> tuple[Column, Column]:
    """max(0, b − Σ λ·w) as a·2⁶⁰ − c, by ``(a, c)`` with 0 ≤ c < 2⁶⁰, in 2⁻⁶⁰ micro-credits."""
    wins, less = np.zeros(len(side.amounts), np.int64), np.zeros(len(side.amounts), np.int64)
    roughly = np.zeros(len(side.amounts))
    for price, row in zip(per_unit, side.rates, strict=True):
        roughly += (price / (1 << _UNIT_BITS)) * row
    live = np.flatnonzero(roughly <= side.amounts * (1 + 1e-9) + 1)
    rates = side.rates[:, live]
    # What a live bid wants costs less than 2⁵⁴, so a higher price meets a rate of zero.
    high = np.zeros(len(live), np.int64)
    for price, row in zip(per_unit, rates, strict=True):
        high += min(price >> _UNIT_BITS, 1 << PRODUCT_BITS) * row
    carry, low = np.zeros(len(live), np.int64), np.zeros(len(live), np.int64)
    for shift in range(0, _UNIT_BITS, _LIMB_BITS):
        for price, row in zip(per_unit, rates, strict=True):
            carry += ((price >> shift) & _LIMB) * row
        low |= (carry & _LIMB) << shift
        carry >>= _LIMB_BITS
    gained = side.amounts[live] - high - carry
    gaining = gained > 0
    wins[live[gaining]], less[live[gaining]] = gained[gaining], low[gaining]
    return wins, less
