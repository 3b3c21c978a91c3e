"""A population of tabu searches over candidates that exclude each other.

One move of each member: whoever gains most joins, and all whom it excludes leave; those who left
rest for a while (multi-neighbourhood tabu search: Wu, Hao and Glover 2012; the insertion with
ejections is the (ω, 1)-swap of Nogueira, Pinheiro and Subramanian 2018). What members would gain is
kept up to date, never computed anew.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from syntropism.adapters.clearing.programme import Floats, Mask

_MEMBERS: Final = (16, 64)
_PLACES: Final = 64_000
"""The population is the larger, the fewer candidates there are: so many places in all."""
_REST: Final = (8, 24)
_PATIENCE: Final = 200
"""After so many moves without a gain a member starts anew."""
_NOISE: Final = 0.25
_KICK: Final = 0.6
"""What of the best is replaced: it takes much to come from one basin to another."""
_NEVER: Final = 1 << 30
_IMPOSSIBLE: Final = np.float32(-1e9)


class PackingTabu:
    """Maximise ``amounts``·x over x of whom none excludes another. Deterministic but for how many
    moves there is time for."""

    def __init__(self, amounts: Floats, conflicts: Mask, fractions: Floats) -> None:
        self._random = np.random.default_rng(0)
        self._unit = float(amounts.max(initial=0)) or 1.0
        self._amounts = (amounts / self._unit).astype(np.float32)
        self._exact = amounts
        self._conflicts = conflicts
        self._weighted = conflicts * self._amounts[:, None]
        self._degrees = conflicts.sum(axis=1) + 1.0
        self._fractions = fractions
        self.best = np.zeros(len(amounts), bool)
        self.worth = 0.0
        least, most = _MEMBERS
        self._members = max(least, min(most, _PLACES // max(1, len(amounts))))
        starts = [self._greedy() for _ in range(self._members)]
        self._taken = np.array(starts)
        self._lost = np.array([self._weighted[one].sum(axis=0) for one in starts])
        self._resting = np.where(self._taken, _NEVER, 0)
        self._worths = (self._taken * amounts).sum(axis=1)
        self._tops, self._since = self._worths.copy(), np.zeros(self._members, np.int64)
        self._step = 0
        self._remember()

    def learn(self, chosen: Mask) -> None:
        """Somebody else found ``chosen``: one member goes on from there."""
        self._place(int(self._tops.argmin()), chosen)

    def run(self, over: Callable[[], bool]) -> None:
        """Moves until ``over``, asked after every few."""
        while not over():
            for _ in range(16):
                self._move()
            for member in np.flatnonzero(self._since > _PATIENCE):
                self._place(int(member), self._fresh())

    def _move(self) -> None:
        self._step += 1
        self._since += 1
        score = self._amounts - self._lost
        np.copyto(score, _IMPOSSIBLE, where=self._resting > self._step)
        joining = score.argmax(axis=1)
        # Where everybody is in or rests, nobody moves.
        moving = np.flatnonzero(np.take_along_axis(score, joining[:, None], 1)[:, 0] > _IMPOSSIBLE)
        joining = joining[moving]
        places, leaving = np.nonzero(self._taken[moving] & self._conflicts[joining])
        if len(places):
            members = moving[places]
            first = np.flatnonzero(np.diff(members, prepend=-1))
            gone = np.add.reduceat(self._weighted[leaving], first, axis=0)
            self._lost[members[first]] -= gone
            self._worths -= np.bincount(members, self._exact[leaving], minlength=self._members)
            self._taken[members, leaving] = False
            rests = self._random.integers(*_REST, len(members))
            self._resting[members, leaving] = self._step + rests
        self._lost[moving] += self._weighted[joining]
        self._taken[moving, joining] = True
        self._resting[moving, joining] = _NEVER
        self._worths[moving] += self._exact[joining]
        better = self._worths > self._tops
        self._tops[better] = self._worths[better]
        self._since[better] = 0
        self._remember()

    def _remember(self) -> None:
        best = int(self._worths.argmax())
        if self._worths[best] > self.worth:
            self.worth, self.best = float(self._worths[best]), self._taken[best].copy()

    def _fresh(self) -> Mask:
        """The best with a part of it replaced, or something new."""
        if self._random.random() < 0.5:
            return self._greedy()
        kept = self.best & (self._random.random(len(self.best)) > _KICK)
        return self._greedy(kept)

    def _greedy(self, kept: Mask | None = None) -> Mask:
        """Who offers most for whom it excludes, or is liked by the relaxation, joins first; all
        with some noise."""
        draw = self._random
        appeal = np.log(np.maximum(self._amounts, 1e-9)) - draw.random() * np.log(self._degrees)
        appeal += draw.normal(0, _NOISE, len(appeal)) + draw.random() * 2 * self._fractions
        chosen = np.zeros(len(appeal), bool) if kept is None else kept.copy()
        able = ~self._conflicts[chosen].any(axis=0) & ~chosen
        for one in np.argsort(-appeal):
            if able[one]:
                chosen[one] = True
                able &= ~self._conflicts[one]
        return chosen

    def _place(self, member: int, chosen: Mask) -> None:
        self._taken[member] = chosen
        self._lost[member] = self._weighted[chosen].sum(axis=0)
        self._resting[member] = np.where(chosen, _NEVER, 0)
        self._worths[member] = self._tops[member] = self._exact[chosen].sum()
        self._since[member] = 0
        self._remember()
