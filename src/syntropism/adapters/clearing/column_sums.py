"""Sums of columns that pass 64 bits."""

import numpy as np
from numpy.typing import NDArray

from syntropism.adapters.clearing.columns import Column

_LOW_BITS = 30
_LOW = (1 << _LOW_BITS) - 1


def exact_sum(column: Column) -> int:
    """The sum of up to 2³⁰ integers of any size that fits 64 bits."""
    return (int((column >> _LOW_BITS).sum()) << _LOW_BITS) + int((column & _LOW).sum())


def exact_sums(rows: Column, which: NDArray[np.bool_] | Column) -> tuple[int, ...]:
    """The sum of each row over the columns ``which``."""
    return tuple(exact_sum(row[which]) for row in rows)
