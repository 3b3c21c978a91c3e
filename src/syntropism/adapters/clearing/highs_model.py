"""One instance as a linear or integer programme in HiGHS.

HiGHS computes in floats, so nothing it says is taken at its word: winners are checked in
integers, and its shadow prices only feed a bound that is evaluated exactly.
"""

from collections.abc import Sequence
from typing import Any, Final

import highspy
import numpy as np

from syntropism.domain.market.candidates import Candidate, ShadowPrices
from syntropism.domain.market.duality import SHARE_BITS


class HighsModel:
    """Maximise Σ b·x over Σ w·x ≤ c with 0 ≤ x ≤ 1.

    Each row is divided by its mean demand, for tiny coefficients make HiGHS return nothing;
    amounts are divided by the largest one.
    """

    def __init__(self, candidates: Sequence[Candidate], capacity: tuple[int, ...]) -> None:
        self._unit = max(one.amount for one in candidates) or 1
        self._scales: list[float] = []
        self._capacity = capacity
        starts, columns, values, limits = [0], [], [], []
        for r, available in enumerate(capacity):
            rates = np.array([float(one.rates[r]) for one in candidates])
            wanted = np.flatnonzero(rates)
            mean = float(rates[wanted].mean()) if len(wanted) else 1.0
            columns.append(wanted)
            values.append(rates[wanted] / mean)
            starts.append(starts[-1] + len(wanted))
            limits.append(available / mean)
            self._scales.append(mean)
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(candidates), len(capacity)
        programme.sense_ = highspy.ObjSense.kMaximize
        programme.col_cost_ = np.array([one.amount / self._unit for one in candidates])
        programme.col_lower_ = np.zeros(len(candidates))
        programme.col_upper_ = np.ones(len(candidates))
        programme.row_lower_ = np.full(len(capacity), -highspy.kHighsInf)
        programme.row_upper_ = np.array(limits)
        matrix = programme.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.array(starts, dtype=np.int32)
        matrix.index_ = np.concatenate(columns).astype(np.int32) if columns else np.zeros(0, int)
        matrix.value_ = np.concatenate(values) if values else np.zeros(0)
        self._count = len(candidates)
        make: Any = highspy.Highs  # untyped
        self._highs = make()
        for option, value in _OPTIONS.items():
            self._highs.setOptionValue(option, value)
        self._highs.passModel(programme)

    def shadow_prices(self, seconds: float) -> ShadowPrices | None:
        """λ of the linear relaxation, or ``None`` if it was not solved in time."""
        self._run(seconds)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        duals = self._highs.getSolution().row_dual
        return ShadowPrices(
            tuple(
                max(0, round(dual * available / scale * (1 << SHARE_BITS)))
                for dual, available, scale in zip(duals, self._capacity, self._scales, strict=True)
            ),
            self._unit,
        )

    def winners(self, start: Sequence[int], seconds: float) -> tuple[list[int], float, bool]:
        """The best whole choice found from ``start`` (indices) on; a bound in micro-credits, as
        far as floats can tell; and whether HiGHS calls the choice optimal."""
        every = np.arange(self._count, dtype=np.int32)
        kinds = np.full(self._count, highspy.HighsVarType.kInteger)
        self._highs.changeColsIntegrality(self._count, every, kinds)
        solution = highspy.HighsSolution()
        chosen = np.zeros(self._count)
        chosen[list(start)] = 1.0
        solution.col_value = chosen.tolist()
        self._highs.setSolution(solution)
        self._run(seconds)
        proven = self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        bound = self._highs.getInfo().mip_dual_bound
        values = np.array(self._highs.getSolution().col_value)
        found = np.flatnonzero(values > 0.5).tolist() if len(values) else list(start)
        return found, bound * self._unit, proven

    def _run(self, seconds: float) -> None:
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(0.01, seconds))
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
