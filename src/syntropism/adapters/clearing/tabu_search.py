"""A population of tabu searches around the shadow prices: good allocations within a second.

Only the *core* moves: the candidates whose worth is nearest to what shadow prices ask for what
they take (reduced cost near zero), absolutely and in turn relative to their worth, in rounds of
different widths. In a round every member flips
one candidate a step, whichever gains most when exceeding capacity is penalised at about the
shadow prices; what was flipped rests for a few steps; the penalty sinks while a member is
feasible and rises while it is not, so that it keeps crossing the border of what fits (strategic
oscillation: Glover and Kochenberger 1996). The best of a round go into a pool, and the next round
starts from crossings of that pool (Chu and Beasley 1998).
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from syntropism.adapters.clearing.columns import Indices
from syntropism.adapters.clearing.programme import Floats, Mask
from syntropism.adapters.clearing.surroundings import Dense, Singles, Surroundings

_MEMBERS: Final = 32
_STEPS: Final = 40
_REST: Final = (3, 9)
_POOL: Final = 10
_MUTATION: Final = 0.03
_WIDTHS: Final = (50, 40, 60, 90)
_WORK_MAX: Final = 300_000
"""Numbers looked at in one step: the more resources, the smaller the population."""
_PENALTY: Final = 1.5
_FLOOR: Final = 0.3
"""A resource whose shadow price is zero is penalised at this part of the mean price."""
_IMPOSSIBLE: Final = -1e30


class TabuSearch:
    """Maximise ``amounts``·x over x·``rates`` ≤ ``free``. Deterministic but for how many rounds
    there is time for. ``best`` is feasible as far as floats can tell."""

    def __init__(
        self,
        amounts: Floats,
        rates: Floats,
        free: Floats,
        prices: Floats,
        start: Mask,
        fractions: Floats | None = None,
    ) -> None:
        """``prices`` are per unit of each resource; ``start`` is feasible; ``fractions`` is what
        the linear relaxation takes of each candidate, where it was solved."""
        self._random = np.random.default_rng(0)
        self._unit = amounts.max(initial=0) or 1.0
        self._amounts = amounts / self._unit
        self._rates = rates
        self._free = free
        gains = amounts - rates @ prices
        near = np.abs(gains)
        self._nearest = [
            np.argsort(near, kind="stable"),
            np.argsort(near / np.maximum(amounts, 1e-9 * self._unit), kind="stable"),
        ]
        self._fractions = (gains > 0).astype(np.float64) if fractions is None else fractions
        worth = prices * free
        floor = max(worth.mean() if len(worth) else 0.0, 1e-12 * self._unit) * _FLOOR
        penalties = np.maximum(worth, floor) / np.maximum(free, 1.0) / self._unit
        singles = bool(((rates == 0) | (rates == 1)).all())
        self._surroundings: Surroundings = (
            Singles(rates, penalties) if singles else Dense(rates, free, penalties)
        )
        self._pool = [start.copy()]
        self._worths = [float(self._amounts[start].sum())]

    @property
    def best(self) -> Mask:
        """The best choice seen."""
        return self._pool[int(np.argmax(self._worths))]

    def run(self, over: Callable[[], bool]) -> None:
        """Rounds until ``over``, asked after each of them (some milliseconds)."""
        number = 0
        while not over():
            width = _WIDTHS[number % len(_WIDTHS)] * self._surroundings.width
            nearest = self._nearest[number // len(_WIDTHS) % 2]
            self._round(np.sort(nearest[:width]), over)
            number += 1

    def _children(self, core: Indices, members: int) -> Mask:
        """Crossings of the pool, mutated within the core; at first, roundings of the relaxation
        at random."""
        draw = self._random
        if len(self._pool) == 1:
            shape = members, len(self._fractions)
            sure = np.clip(self._fractions, _MUTATION, 1 - _MUTATION)
            children = np.where(draw.random(shape) < sure, True, False)
            outside = np.ones(shape[1], bool)
            outside[core] = False
            children[:, outside] = self._fractions[outside] > 0.5
            children[0] = self._pool[0]
            return children
        pool = np.array(self._pool)
        first = pool[draw.integers(0, len(pool), members)]
        second = pool[draw.integers(0, len(pool), members)]
        crossed = np.where(draw.random(first.shape) < 0.5, first, second)
        crossed[:, core] ^= draw.random((members, len(core))) < _MUTATION
        return np.asarray(crossed)

    def _round(self, core: Indices, over: Callable[[], bool]) -> None:
        around = self._surroundings.of(core)
        members = max(4, min(_MEMBERS, _WORK_MAX // max(1, around.work)))
        children, every = self._children(core, members), np.arange(members)
        left = np.array([self._free - self._rates[child].sum(axis=0) for child in children])
        worth = (children * self._amounts).sum(axis=1)
        amounts = self._amounts[core]
        gains = amounts.astype(np.float32)
        signs = np.where(children[:, core], -1, 1).astype(np.float32)
        around.start(left)
        strength = np.full(members, _PENALTY, np.float32)
        resting = np.zeros(signs.shape, np.int32)
        rests = self._random.integers(*_REST, (_STEPS, members)).astype(np.int32)
        best = np.where((left >= 0).all(axis=1), worth, -1.0)
        best_signs = signs.copy()
        for step in range(1, _STEPS + 1):
            excess = around.excess(signs)
            change = signs * gains
            feasible = excess >= 0
            better = feasible & (change > (best - worth).astype(np.float32)[:, None])
            score = change + excess * strength[:, None]
            score[(resting > step) & ~better] = _IMPOSSIBLE
            flipped = score.argmax(axis=1)
            sign, fit = signs[every, flipped], feasible[every, flipped]
            worth += sign * amounts[flipped]
            around.flip(flipped, sign)
            signs[every, flipped] = -sign
            resting[every, flipped] = step + rests[step - 1]
            strength *= np.where(fit, np.float32(0.9), np.float32(1.1))
            gained = fit & (worth > best)
            if gained.any():
                best[gained] = worth[gained]
                best_signs[gained] = signs[gained]
            if not step % 16 and over():
                break
        children[:, core] = best_signs < 0
        self._keep(children, best)

    def _keep(self, children: Mask, worths: Floats) -> None:
        for i in np.argsort(-worths):
            worth = float(worths[i])
            full = len(self._pool) >= _POOL
            if worth < 0 or (full and worth <= min(self._worths)):
                return
            if any(np.array_equal(children[i], one) for one in self._pool):
                continue
            if full:
                worst = int(np.argmin(self._worths))
                self._pool[worst], self._worths[worst] = children[i].copy(), worth
            else:
                self._pool.append(children[i].copy())
                self._worths.append(worth)
