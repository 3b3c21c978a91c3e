"""Candidates as columns of 64-bit integers.

Every limit below keeps some product or sum within 64 bits; what is beyond one is cleared by the
reference, in Python's integers.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.duality import SHARE_BITS
from syntropism.domain.market.ranking import PERMILLE

Column = NDArray[np.int64]
Indices = NDArray[np.int64]

AMOUNT_BITS: Final = 53
FACTOR_BITS: Final = 20
COST_BITS: Final = 56
PRODUCT_BITS: Final = 62
CAPACITY_BITS: Final = 44


class DoesNotFit(Exception):
    """Some number is too large for 64-bit columns."""


@frozen(slots=True, eq=False)
class Columns:
    """``amounts`` and ``reserves`` in micro-credits; ``factors`` 1000 + α·age; ``ties`` unique,
    the smaller the earlier; ``rates`` one row per resource, at most one above ``free``."""

    amounts: Column
    reserves: Column
    costs: Column
    factors: Column
    ties: Column
    rates: Column
    free: Column

    @classmethod
    def of(cls, instance: Instance) -> "Columns":
        """The columns of ``instance``.

        Raises:
            DoesNotFit: some number is too large.
        """
        candidates, count = instance.candidates, len(instance.candidates)
        order = sorted(range(count), key=lambda i: (candidates[i].sequence, candidates[i].id))
        ties = np.empty(count, np.int64)
        ties[order] = np.arange(count)
        try:
            rates = np.array([one.rates for one in candidates], np.int64)
            return cls.checked(
                _column([one.amount for one in candidates]),
                _column([one.reserve for one in candidates]),
                _column([one.cost for one in candidates]),
                _column([PERMILLE + instance.ageing_permille * one.age for one in candidates]),
                ties,
                np.ascontiguousarray(rates.reshape(count, len(instance.free)).T),
                _column(instance.free),
            )
        except OverflowError:
            raise DoesNotFit from None

    @classmethod
    def checked(
        cls,
        amounts: Column,
        reserves: Column,
        costs: Column,
        factors: Column,
        ties: Column,
        rates: Column,
        free: Column,
    ) -> "Columns":
        """Columns whose products fit 64 bits.

        Raises:
            DoesNotFit: some number is too large.
        """
        weighted = bits(amounts) + bits(factors)
        if (
            bits(amounts) > AMOUNT_BITS
            or bits(factors) > FACTOR_BITS
            or bits(costs) > COST_BITS
            or weighted > PRODUCT_BITS
            or bits(free) > CAPACITY_BITS
        ):
            raise DoesNotFit
        # What exceeds free capacity never fits, by however much.
        capped = np.minimum(rates, free[:, None] + 1)
        return cls(amounts, reserves, costs, factors, ties, capped, free)

    @property
    def count(self) -> int:
        """How many candidates there are."""
        return len(self.amounts)

    def fitting(self) -> NDArray[np.bool_]:
        """Which candidates fit free capacity at all."""
        return np.asarray((self.rates <= self.free[:, None]).all(axis=0))

    def shares(self) -> Column:
        """What each would take of free capacity, in 2⁻³⁰, for those that fit."""
        if bits(self.free) + SHARE_BITS > PRODUCT_BITS:
            raise DoesNotFit
        return (self.rates << SHARE_BITS) // np.maximum(self.free, 1)[:, None]


def bits(column: Column) -> int:
    """How many bits the largest number has."""
    return int(column.max(initial=0)).bit_length()


def _column(values: Sequence[Any]) -> Column:
    return np.array(values, np.int64)
