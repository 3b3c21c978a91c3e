"""What would have won, in columns (``WinningAmounts`` of the domain)."""

from typing import Final

import numpy as np

from syntropism.adapters.clearing.column_payments import beating, guessed, require_quotients
from syntropism.adapters.clearing.columns import Column, Columns, Indices

_GUESS_MAX: Final = 2**51
"""Above it a float does not guess a quotient well enough."""


def amounts_to_win(
    columns: Columns, costs: Column, winners: Indices, losers: Indices
) -> tuple[Indices, list[int]]:
    """Those of ``losers`` that fit at some amount, and the least with which each would have been
    among ``winners``, all others unchanged.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    require_quotients(columns, costs)
    roomy = np.full(len(losers), len(winners) + 1)
    for row, free in zip(columns.rates, columns.free, strict=True):
        used = np.zeros(len(winners) + 1, np.int64)
        np.cumsum(row[winners], out=used[1:])
        np.minimum(roomy, np.searchsorted(used, free - row[losers], side="right"), out=roomy)
    able = roomy > 0
    rivals, challengers = winners[roomy[able] - 1], losers[able]
    far = np.flatnonzero(guessed(columns, costs, rivals, challengers) >= _GUESS_MAX)
    reserves = columns.reserves[challengers]
    found: list[int] = np.maximum(beating(columns, costs, rivals, challengers), reserves).tolist()
    for place in far.tolist():
        least = _beating(columns, costs, int(rivals[place]), int(challengers[place]))
        found[place] = max(least, int(reserves[place]))
    return challengers, found


def _beating(columns: Columns, costs: Column, rival: int, challenger: int) -> int:
    rival_amount = int(columns.amounts[rival])
    amount, rest = divmod(
        rival_amount * int(columns.factors[rival]) * int(costs[challenger]),
        int(costs[rival]) * int(columns.factors[challenger]),
    )
    earlier = bool(columns.ties[challenger] < columns.ties[rival])
    wins_tie = amount > rival_amount or (amount == rival_amount and earlier)
    return amount if not rest and wins_tie else amount + 1
