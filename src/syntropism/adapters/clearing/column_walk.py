"""Walking down a ranking in columns: whole runs are taken or skipped at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from syntropism.adapters.clearing.columns import Column

_CHUNK_MIN: Final = 256
_CHUNK_MAX: Final = 1 << 16


def accepted(rates: Column, free: Column) -> NDArray[np.bool_]:
    """Which candidates are taken, in rank order; ``rates`` has a row per resource."""
    count = rates.shape[1]
    taken = np.zeros(count, bool)
    left = free.copy()
    start, size = 0, _CHUNK_MAX
    while start < count:
        chunk = rates[:, start : start + size]
        fitting = np.flatnonzero((chunk <= left[:, None]).all(axis=0))
        if len(fitting) == 0:
            start, size = start + size, min(size * 4, _CHUNK_MAX)
            continue
        used = np.cumsum(chunk[:, fitting], axis=1)
        together = (used <= left[:, None]).all(axis=0)
        if together.all():
            taken[start + fitting] = True
            left -= used[:, -1]
            start, size = start + size, min(size * 4, _CHUNK_MAX)
            continue
        # The first always fits; the first that does not fit beside the others is passed over.
        first = int(np.argmin(together))
        taken[start + fitting[:first]] = True
        left -= used[:, first - 1]
        start, size = start + int(fitting[first]) + 1, max(_CHUNK_MIN, size // 4)
    return taken
