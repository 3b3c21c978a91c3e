"""The exact order of weighted amounts b·f/s, in columns.

Floats sort; wherever two neighbours are so close that rounding might have swapped them, they are
sorted again by the digits of the exact quotient.
"""

from typing import Final

import numpy as np

from syntropism.adapters.clearing.columns import Column, Columns, Indices, bits

_NEAR: Final = 1e-14
"""Three roundings to 53 bits err by less than 4e-16 each way."""

_WORD_BITS: Final = 62


def order(columns: Columns, costs: Column) -> Indices:
    """Indices, best first: by (b·f/s, b, earlier tie). ``costs`` are the s, at least 1."""
    weighted = columns.amounts * columns.factors
    keys = weighted / costs
    best_first = np.argsort(-keys)
    ranked = keys[best_first]
    close = ranked[:-1] - ranked[1:] <= _NEAR * ranked[:-1]
    if not close.any():
        return best_first
    joined = np.zeros(len(ranked), bool)
    joined[:-1] |= close
    joined[1:] |= close
    places = np.flatnonzero(joined)
    groups = np.cumsum(~np.concatenate(([False], close)))[places]
    members = best_first[places]
    digits = _digits(weighted[members], costs[members])
    keys_last_first = (
        columns.ties[members],
        -columns.amounts[members],
        *(-digit for digit in reversed(digits)),
        groups,
    )
    best_first[places] = members[np.lexsort(keys_last_first)]
    return best_first


def _digits(weighted: Column, costs: Column) -> list[Column]:
    """The quotients to so many places that different ones differ: twice the bits of a cost."""
    width = bits(costs)
    per_digit = _WORD_BITS - width
    found = [weighted // costs]
    rest = weighted - found[0] * costs
    for _ in range(-(-2 * width // per_digit)):
        digit = (rest << per_digit) // costs
        rest = (rest << per_digit) - digit * costs
        found.append(digit)
    return found
