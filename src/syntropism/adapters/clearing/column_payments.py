"""Critical payments in columns (see ``domain/market/payments.py`` for why they are these)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from syntropism.adapters.clearing.column_leftmost import leftmost
from syntropism.adapters.clearing.columns import Column, Columns, DoesNotFit, Indices, bits

_QUOTIENT_BITS: Final = 58


def critical(
    columns: Columns,
    costs: Column,
    ranking: Indices,
    taken: NDArray[np.bool_],
    rates: Column,
) -> Column:
    """What each winner pays, in rank order; ``taken`` and ``rates`` are in that order too.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    require_quotients(columns, costs)
    lost, won = np.flatnonzero(~taken), np.flatnonzero(taken)
    needs = rates[:, won]
    used = np.zeros((len(rates), len(won) + 1), np.int64)
    np.cumsum(needs, axis=1, out=used[:, 1:])
    missing = rates[:, lost]
    winners_before = lost - np.arange(len(lost))
    for row, taken_of_it, free in zip(missing, used, columns.free, strict=True):
        row += taken_of_it[winners_before]
        row -= free
        np.maximum(row, 0, out=row)
    blockers = leftmost(missing, won - np.arange(len(won)), needs)
    winners = ranking[won]
    payments = columns.reserves[winners]
    blocked = blockers >= 0
    if blocked.any():
        rivals, challengers = ranking[lost[blockers[blocked]]], winners[blocked]
        least = beating(columns, costs, rivals, challengers)
        payments[blocked] = np.maximum(payments[blocked], least)
    return payments


def require_quotients(columns: Columns, costs: Column) -> None:
    """Raises:
    DoesNotFit: the quotients of :func:`beating` cannot be corrected within 64 bits.
    """
    if bits(costs) + bits(columns.factors) > _QUOTIENT_BITS:
        raise DoesNotFit


def guessed(
    columns: Columns, costs: Column, rivals: Indices, challengers: Indices
) -> NDArray[np.float64]:
    """Roughly the amounts with which challengers rank as high as their rivals."""
    weighted = columns.amounts[rivals] * columns.factors[rivals]
    by = costs[rivals] * columns.factors[challengers]
    found: NDArray[np.float64] = weighted.astype(np.float64) * costs[challengers] / by
    return found


def beating(columns: Columns, costs: Column, rivals: Indices, challengers: Indices) -> Column:
    """The least amounts with which challengers rank before their rivals, where those are below
    2⁵².

    The quotient is guessed in floats; what is left then is small, so it is exact even though the
    products wrap around 64 bits, and corrects the guess.
    """
    weighted = columns.amounts[rivals] * columns.factors[rivals]
    times, by = costs[challengers], costs[rivals] * columns.factors[challengers]
    guess = np.minimum(guessed(columns, costs, rivals, challengers), 2.0**52).astype(np.int64)
    rest = weighted * times - guess * by
    correction = rest // by
    amounts = guess + correction
    exact = rest == correction * by
    rival_amounts = columns.amounts[rivals]
    earlier = columns.ties[challengers] < columns.ties[rivals]
    wins_tie = (amounts > rival_amounts) | ((amounts == rival_amounts) & earlier)
    return np.where(exact & wins_tie, amounts, amounts + 1)
