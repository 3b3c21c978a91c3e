"""When something goes wrong: as a seed decides, or as a test says."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import Final, Self

from attrs import define, field

RATE: Final = 0.05


def _nothing() -> None:
    """What happens around a call, usually."""


@define
class Faults:
    """Decides whether a fault strikes where it can, and counts those that did.

    Each fault has a name; ``rates`` are probabilities from 0 to 1 by name, ``rate`` is that of all
    others. ``at`` says at which of its chances (the first is 1) a fault strikes, whatever its
    rate. ``around`` is called before and after every decorated call: there a simulation lets
    others go on, or ends the caller (by what it raises). The same seed, asked the same, answers
    the same.
    """

    random: Random = field(factory=lambda: Random(0))
    rates: Mapping[str, float] = field(factory=dict)
    rate: float = 0.0
    at: Mapping[str, Collection[int]] = field(factory=dict)
    around: Callable[[], object] = _nothing
    active: bool = True
    injected: Counter[str] = field(factory=Counter)
    _chances: Counter[str] = field(factory=Counter, init=False)
    _together: dict[tuple[str, ...], float] = field(factory=dict, init=False)

    @classmethod
    def seeded(cls, seed: int, rate: float = RATE) -> Self:
        """Every fault strikes with the probability ``rate``, as ``seed`` decides."""
        return cls(random=Random(seed), rate=rate)

    def strikes(self, fault: str) -> bool:
        """Whether ``fault`` happens here and now."""
        if not self.active:
            return False
        if self.at:
            self._chances[fault] += 1
            struck = self._chances[fault] in self.at.get(fault, ())
        else:
            struck = False
        rate = self.rates.get(fault, self.rate)
        struck = struck or (rate > 0.0 and self.random.random() < rate)
        if struck:
            self.injected[fault] += 1
        return struck

    def one_of(self, several: tuple[str, ...]) -> str | None:
        """Which of ``several`` faults, of which at most one can happen, happens here and now."""
        if not self.active or not several:
            return None
        if self.at:
            return next((one for one in several if self.strikes(one)), None)
        together = self._together.get(several)
        if together is None:
            together = self._together[several] = sum(map(self._rate, several))
        lot = self.random.random() if together else 1.0
        if lot >= together:
            return None
        for one in several:
            lot -= self._rate(one)
            if lot < 0:
                self.injected[one] += 1
                return one
        return None

    def _rate(self, fault: str) -> float:
        return self.rates.get(fault, self.rate)
