"""Prices of cliques: what the chance to choose one of each is worth, in whole micro-credits.

The linear relaxation over cliques is solved by HiGHS, with more cliques wherever its solution
takes more than one of them. Its prices are floats; raised until every candidate is paid for, in
whole numbers, they prove a bound whatever HiGHS did (Held, Cook and Sewell: *Maximum-weight
stable sets and safe lower bounds for graph coloring*, 2012).
"""

from collections.abc import Callable
from typing import Any, Final

import highspy
import numpy as np
from attrs import frozen

from syntropism.adapters.clearing.columns import Indices
from syntropism.adapters.clearing.exclusion import violated
from syntropism.adapters.clearing.programme import Floats, Mask

_ROUNDS_MAX: Final = 20
_MORE_MAX: Final = 60


@frozen(slots=True, eq=False)
class CliquePrices:
    """Every candidate's amount is at most the sum of the ``prices`` of its ``cliques``. Whole
    numbers, kept in floats that hold them exactly. Sorted by falling price."""

    cliques: tuple[Indices, ...]
    prices: Floats
    fractions: Floats
    """What the relaxation takes of each candidate."""

    def among(self, candidates: Indices) -> "CliquePrices":
        """The same for these ``candidates`` alone, numbered anew."""
        places = np.full(len(self.fractions), -1)
        places[candidates] = np.arange(len(candidates))
        left = [places[clique] for clique in self.cliques]
        cliques = [one[one >= 0] for one in left]
        kept = [i for i, one in enumerate(cliques) if len(one)]
        return CliquePrices(
            tuple(cliques[i] for i in kept), self.prices[kept], self.fractions[candidates]
        )


def clique_prices(
    amounts: Floats,
    cliques: list[Indices],
    conflicts: Mask,
    seconds_left: Callable[[], float],
) -> CliquePrices:
    """``amounts`` are whole numbers; everybody is in one of the ``cliques``."""
    unit = amounts.max()
    rows, highs = list(cliques), _model(amounts / unit, cliques)
    prices, fractions = np.zeros(len(rows)), np.zeros(len(amounts))
    for _ in range(_ROUNDS_MAX):
        left = seconds_left()
        if left <= 0:
            break
        highs.setOptionValue("time_limit", highs.getRunTime() + left)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        solution = highs.getSolution()
        prices, fractions = np.array(solution.row_dual), np.array(solution.col_value)
        more = violated(fractions, conflicts, _MORE_MAX)
        if not more:
            break
        for row in more:
            indices = row.astype(np.int32)
            highs.addRow(-highspy.kHighsInf, 1.0, len(row), indices, np.ones(len(row)))
        rows += more
    return _whole(amounts, rows[: len(prices)], np.ceil(np.maximum(prices, 0) * unit), fractions)


def _whole(
    amounts: Floats, cliques: list[Indices], prices: Floats, fractions: Floats
) -> CliquePrices:
    """The same where everybody is paid for."""
    paid = np.zeros(len(amounts))
    for clique, price in zip(cliques, prices.tolist(), strict=True):
        paid[clique] += price
    for place, clique in enumerate(cliques):
        short = (amounts[clique] - paid[clique]).max()
        # A clique that costs nothing is not touched while another can make up for it.
        if short > 0 and prices[place] > 0:
            prices[place] += short
            paid[clique] += short
    for place, clique in enumerate(cliques):
        short = (amounts[clique] - paid[clique]).max()
        if short > 0:
            prices[place] += short
            paid[clique] += short
    order = np.argsort(-prices, kind="stable")
    order = order[prices[order] > 0]
    return CliquePrices(tuple(cliques[i] for i in order), prices[order], fractions)


def _model(amounts: Floats, cliques: list[Indices]) -> Any:
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = len(amounts), len(cliques)
    linear.sense_ = highspy.ObjSense.kMaximize
    linear.col_cost_ = amounts
    linear.col_lower_ = np.zeros(len(amounts))
    linear.col_upper_ = np.full(len(amounts), highspy.kHighsInf)
    linear.row_lower_ = np.full(len(cliques), -highspy.kHighsInf)
    linear.row_upper_ = np.ones(len(cliques))
    matrix = linear.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *map(len, cliques)]).astype(np.int32)
    matrix.index_ = np.concatenate(cliques).astype(np.int32)
    matrix.value_ = np.ones(len(matrix.index_))
    make: Any = highspy.Highs  # untyped
    highs = make()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(linear)
    return highs
