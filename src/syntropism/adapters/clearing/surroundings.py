"""How far flipping one candidate would leave capacity exceeded: for every member of a
population and every candidate of a core at once.

No product of matrices is used: libraries spread those over threads that then wait for each
other, which a machine with other work to do pays for dearly.
"""

from abc import ABC, abstractmethod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from syntropism.adapters.clearing.columns import Indices
from syntropism.adapters.clearing.programme import Floats

_SINGLE_PRECISION: Final = 1 << 23

Typed = NDArray[Any]


class Around(ABC):
    """The surroundings of one population over one core."""

    work: int
    """Numbers looked at for one member."""

    @abstractmethod
    def start(self, left: Floats) -> None:
        """What is left of each resource, by member; below zero where too much is taken."""

    @abstractmethod
    def excess(self, signs: Typed) -> Typed:
        """What each flip would leave exceeded, at the penalties, as numbers below zero; zero
        where everything would fit. ``signs`` are 1 where a candidate would join, −1 where it
        would leave; a row per member."""

    @abstractmethod
    def flip(self, flipped: Indices, signs: Typed) -> None:
        """Each member flips one candidate of the core."""


class Surroundings(ABC):
    """All candidates; ``width`` is how many times wider than usual its cores may be."""

    width: int

    @abstractmethod
    def of(self, core: Indices) -> Around:
        """What lies around the candidates of ``core``."""


class Dense(Surroundings):
    """Any rates."""

    width = 1

    def __init__(self, rates: Floats, free: Floats, penalties: Floats) -> None:
        largest = max(free.max(initial=0), rates.sum(axis=0).max(initial=0))
        kind = np.float32 if largest < _SINGLE_PRECISION else np.float64
        self._rates, self._penalties = rates.astype(kind), penalties.astype(kind)

    def of(self, core: Indices) -> Around:
        """See the base."""
        return _AroundDense(np.ascontiguousarray(self._rates[core]), self._penalties)


class _AroundDense(Around):
    def __init__(self, rates: Typed, penalties: Typed) -> None:
        self._rates, self._penalties = rates, penalties
        self.work = rates.size

    def start(self, left: Floats) -> None:
        self._left = left.astype(self._rates.dtype)
        self._room = np.empty((len(left), *self._rates.shape), self._rates.dtype)

    def excess(self, signs: Typed) -> Typed:
        room = self._room
        np.multiply(signs[:, :, None], self._rates, out=room)
        np.subtract(self._left[:, None, :], room, out=room)
        np.minimum(room, 0, out=room)
        found: Typed = np.einsum("ijk,k->ij", room, self._penalties)
        return found

    def flip(self, flipped: Indices, signs: Typed) -> None:
        self._left -= signs[:, None] * self._rates[flipped]


class Singles(Surroundings):
    """Nobody takes more than one unit of anything, as in combinatorial auctions: a flip changes
    what is exceeded by one unit of a good or not at all."""

    width = 4

    def __init__(self, rates: Floats, penalties: Floats) -> None:
        counts = (rates > 0).sum(axis=1)
        places = np.arange(max(1, int(counts.max(initial=0)))) < counts[:, None]
        # A good more, of which there is always enough, fills up shorter rows.
        self._goods = np.full(places.shape, rates.shape[1])
        self._goods[places] = np.nonzero(rates > 0)[1]
        self._penalties = np.append(penalties, 0).astype(np.float32)

    def of(self, core: Indices) -> Around:
        """See the base."""
        return _AroundSingles(self._goods[core], self._penalties)


class _AroundSingles(Around):
    def __init__(self, goods: Indices, penalties: Typed) -> None:
        widest = int((goods < len(penalties) - 1).sum(axis=1).max(initial=1))
        self._goods, self._penalties = goods[:, :widest], penalties
        self._weights = penalties[self._goods]
        self.work = 4 * self._goods.size

    def start(self, left: Floats) -> None:
        plenty = np.full((len(left), 1), 1 << 20)
        self._left = np.concatenate((left, plenty), axis=1).astype(np.float32)
        self._every = np.arange(len(left))[:, None]

    def excess(self, signs: Typed) -> Typed:
        exceeded = np.minimum(self._left, 0)
        units = exceeded.sum(axis=1)[:, None]
        worth = np.einsum("ik,k->i", exceeded, self._penalties)[:, None]
        # Joining exceeds what has nothing left; leaving relieves what is exceeded now.
        hit = np.take(self._left, self._goods, axis=1) < (signs * np.float32(0.5))[:, :, None]
        changed = np.einsum("ijk,jk->ij", hit, self._weights)
        fits = units - signs * hit.sum(axis=2) >= 0
        found: Typed = np.where(fits, 0, np.minimum(worth - signs * changed, -1e-9))
        return found.astype(np.float32)

    def flip(self, flipped: Indices, signs: Typed) -> None:
        self._left[self._every, self._goods[flipped]] -= signs[:, None]
        self._left[:, -1] = 1 << 20
