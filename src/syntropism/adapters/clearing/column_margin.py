"""The local search at the margin of a large clearing (``auto`` of the domain), in columns."""

import numpy as np
from attrs import evolve

from syntropism.adapters.clearing.column_bound import bound_by
from syntropism.adapters.clearing.column_clearing import ColumnSolution
from syntropism.adapters.clearing.columns import Columns
from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.local_search import WAITING_MAX, at_margin, filled


def improved_at_margin(
    instance: Instance, columns: Columns, found: ColumnSolution, allocation: Allocation
) -> Allocation:
    """What ``auto`` of the domain makes of the ``allocation`` that was ``found``.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    losing = np.ones(columns.count, bool)
    losing[found.winners] = False
    losing &= columns.fitting()
    waiting = found.ranking[losing[found.ranking]][:WAITING_MAX]
    margin = at_margin(instance, allocation, [instance.candidates[i] for i in waiting.tolist()], ())
    left = np.array(margin.left, np.int64)
    room = np.flatnonzero((columns.rates <= left[:, None])[:, found.ranking].all(axis=0))
    near = [instance.candidates[i] for i in found.ranking[room].tolist()]
    after = filled(margin, near)
    assert after.shadow_prices is not None
    return evolve(after, bound=bound_by(columns, after.shadow_prices), shadow_prices=None)
