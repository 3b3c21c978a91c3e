"""Whether an economy breathes: it neither dies out, nor explodes, nor inflates (MARKET.md)."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from attrs import frozen

PEAK_MAX: Final = 120
ALIVE_MIN: Final = 2
INFLATION_MAX: Final = 1.5
SPAN: Final = 100


@frozen(slots=True, kw_only=True)
class Breath:
    """What a run did, cycle by cycle: ``alive`` counts all that are not dead (dormant ones
    included), ``circulation`` is in credits."""

    alive: Sequence[int]
    circulation: Sequence[float]
    births: int
    deaths: int

    @property
    def least(self) -> int:
        """The fewest alive in the last two thirds."""
        return min(self.alive[len(self.alive) // 3 :])

    @property
    def peak(self) -> int:
        """The most alive at any time."""
        return max(self.alive)

    @property
    def inflation(self) -> float:
        """Mean circulation of the last 100 cycles over that of the 100 before."""
        before = fmean(self.circulation[-2 * SPAN : -SPAN])
        return fmean(self.circulation[-SPAN:]) / before if before else float("inf")

    @property
    def verdict(self) -> str:
        """``breathes``, or in one word why not."""
        if self.least < ALIVE_MIN:
            return "extinct"
        if self.peak > PEAK_MAX:
            return "exploded"
        if self.inflation > INFLATION_MAX:
            return "inflated"
        if not self.births or not self.deaths:
            return "frozen"
        return "breathes"
