"""Shadow prices in columns: the same search, the same integers."""

from collections.abc import Sequence

import numpy as np

from syntropism.adapters.clearing.columns import PRODUCT_BITS, Column, Columns, DoesNotFit, bits
from syntropism.domain.market.candidates import ShadowPrices
from syntropism.domain.market.duality import SHARE_BITS, descend

_LOW_BITS = 20
_LOW = (1 << _LOW_BITS) - 1
_VALUE_BITS_MAX = 51


def search(columns: Columns) -> ShadowPrices:
    """What ``shadow_prices`` of the domain finds.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    able = columns.fitting()
    amounts, shares = columns.amounts[able], columns.shares()[:, able]
    unit = int(amounts.max(initial=0)) or 1
    if unit.bit_length() + SHARE_BITS > PRODUCT_BITS:
        values = np.array([(int(one) << SHARE_BITS) // unit for one in amounts], np.int64)
    else:
        values = (amounts << SHARE_BITS) // unit

    def respond(prices: Sequence[int]) -> tuple[int, Sequence[int]]:
        whole, part = products(prices, shares)
        room = (values << (SHARE_BITS - _LOW_BITS)) - whole
        near = np.flatnonzero(room >= 0)
        gains = (room[near] << _LOW_BITS) - part[near]
        gaining = gains > 0
        gains, near = gains[gaining], near[gaining]
        surplus = (int((gains >> SHARE_BITS).sum()) << SHARE_BITS) + int(
            (gains & ((1 << SHARE_BITS) - 1)).sum()
        )
        return surplus, [int(row[near].sum()) for row in shares]

    contested = [bool(one) for one in columns.free > 0]
    return ShadowPrices(descend(respond, int(amounts.sum()), unit, contested), unit)


def shadow_costs(columns: Columns, prices: ShadowPrices) -> Column:
    """λ·a of each candidate that fits, in 2⁻³⁰ of the unit; at least 1, and 1 for the others.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    whole, _ = products(prices.values, columns.shares())
    costs: Column = np.maximum(1, whole >> (SHARE_BITS - _LOW_BITS))
    costs[~columns.fitting()] = 1
    if bits(costs) > PRODUCT_BITS - 6:
        raise DoesNotFit
    return costs


def products(prices: Sequence[int], shares: Column) -> tuple[Column, Column]:
    """Σ λ·a in two parts: multiples of 2²⁰, and what is left.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    if max(prices, default=0).bit_length() + len(prices).bit_length() > _VALUE_BITS_MAX:
        raise DoesNotFit
    whole = np.zeros(shares.shape[1], np.int64)
    part = np.zeros(shares.shape[1], np.int64)
    for price, row in zip(prices, shares, strict=True):
        whole += (price >> _LOW_BITS) * row
        part += (price & _LOW) * row
    whole += part >> _LOW_BITS
    return whole, part & _LOW
