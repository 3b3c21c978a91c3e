"""One instance as a linear or integer programme in HiGHS.

HiGHS computes in floats, so nothing it says is taken at its word: winners are checked in
integers, and its shadow prices only feed a bound that is evaluated exactly.
"""

from typing import Any, Final

import highspy
import numpy as np

from syntropism.adapters.clearing.programme import Floats, Mask, Programme
from syntropism.domain.market.candidates import ShadowPrices
from syntropism.domain.market.duality import SHARE_BITS


class HighsModel:
    """Maximise Σ b·x over Σ w·x ≤ c with 0 ≤ x ≤ 1.

    Each row is divided by its mean demand, for tiny coefficients make HiGHS return nothing;
    amounts are divided by the largest one.
    """

    def __init__(self, programme: Programme) -> None:
        self._unit = max((one.amount for one in programme.candidates), default=0) or 1
        self._capacity = programme.capacity
        rates = programme.rates.T
        wanted = rates > 0
        counts = wanted.sum(axis=1)
        sums = rates.sum(axis=1)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), 1.0)
        self._scales = means.tolist()
        rows, columns = np.nonzero(wanted)
        linear = highspy.HighsLp()
        linear.num_col_, linear.num_row_ = programme.count, len(means)
        linear.sense_ = highspy.ObjSense.kMaximize
        linear.col_cost_ = programme.amounts / float(self._unit)
        linear.col_lower_ = np.zeros(programme.count)
        linear.col_upper_ = np.ones(programme.count)
        linear.row_lower_ = np.full(len(means), -highspy.kHighsInf)
        linear.row_upper_ = programme.free / means
        matrix = linear.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        matrix.index_ = columns.astype(np.int32)
        matrix.value_ = rates[rows, columns] / means[rows]
        self._count = programme.count
        make: Any = highspy.Highs  # untyped
        self._highs = make()
        for option, value in _OPTIONS.items():
            self._highs.setOptionValue(option, value)
        self._highs.passModel(linear)

    def relaxed(self, seconds: float) -> tuple[ShadowPrices, Floats] | None:
        """λ of the linear relaxation and what it takes of each candidate, or ``None`` if it was
        not solved in time."""
        self._run(seconds)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._highs.getSolution()
        prices = ShadowPrices(
            tuple(
                max(0, round(dual * available / scale * (1 << SHARE_BITS)))
                for dual, available, scale in zip(
                    solution.row_dual, self._capacity, self._scales, strict=True
                )
            ),
            self._unit,
        )
        return prices, np.array(solution.col_value)

    def winners(self, start: Mask, seconds: float) -> tuple[Mask, float, bool]:
        """The best whole choice found from ``start`` on; a bound in micro-credits, as far as
        floats can tell; and whether HiGHS calls the choice optimal."""
        every = np.arange(self._count, dtype=np.int32)
        kinds = np.full(self._count, highspy.HighsVarType.kInteger)
        self._highs.changeColsIntegrality(self._count, every, kinds)
        solution = highspy.HighsSolution()
        solution.col_value = start.astype(float).tolist()
        self._highs.setSolution(solution)
        self._run(seconds)
        proven = self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        bound = self._highs.getInfo().mip_dual_bound
        values = np.array(self._highs.getSolution().col_value)
        found = values > 0.5 if len(values) == self._count else start
        return found, bound * self._unit, proven

    def _run(self, seconds: float) -> None:
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(0.001, seconds))
        self._highs.run()


_OPTIONS: Final[dict[str, bool | int | float]] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-9,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
}
