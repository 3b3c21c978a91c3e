"""The best choice among some twenty candidates, however many resources: every choice of one half
meets those of the other, most valuable first (after Horowitz and Sahni: *Computing partitions with
applications to the knapsack problem*, 1974). In 64-bit integers throughout.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syntropism.adapters.clearing.columns import PRODUCT_BITS
from syntropism.adapters.clearing.programme import Mask

CANDIDATES_MAX: Final = 22

_CHUNK: Final = 256

Whole = NDArray[np.int64]


def solve(
    amounts: Sequence[int], rates: Whole, capacity: Sequence[int], over: Callable[[], bool]
) -> Mask | None:
    """The best choice, proven; ``None`` if it took too long, or if there are too many candidates
    or too large numbers. ``rates`` has a row per candidate, none of it above ``capacity``."""
    count = len(amounts)
    widest = max([*capacity, sum(amounts), 1]).bit_length()
    if count > CANDIDATES_MAX or widest + count.bit_length() > PRODUCT_BITS:
        return None
    free = np.array(capacity, np.int64)
    middle = count // 2
    first = _choices(amounts[:middle], rates[:middle], free)
    second = _choices(amounts[middle:], rates[middle:], free)
    best, pair = -1, (0, 0)
    highest = int(second[0][0])
    for i, (worth, used) in enumerate(zip(first[0].tolist(), first[1], strict=True)):
        if worth + highest <= best:
            break
        if over():
            return None
        hopeful = int(np.searchsorted(-second[0], worth - best, side="left"))
        left = free - used
        for start in range(0, hopeful, _CHUNK):
            able = (second[1][start : min(hopeful, start + _CHUNK)] <= left).all(axis=1)
            if able.any():
                k = start + int(able.argmax())
                best, pair = worth + int(second[0][k]), (i, k)
                break
    return np.concatenate((first[2][pair[0]], second[2][pair[1]]))


def _choices(amounts: Sequence[int], rates: Whole, free: Whole) -> tuple[Whole, Whole, Mask]:
    """Every choice that fits: its worth, what it uses and who is in it, by falling worth."""
    worths, used = np.zeros(1, np.int64), np.zeros((1, len(free)), np.int64)
    members = np.zeros((1, len(amounts)), bool)
    for place, (amount, row) in enumerate(zip(amounts, rates, strict=True)):
        able = np.flatnonzero((used + row <= free).all(axis=1))
        joined = members[able]
        joined[:, place] = True
        worths = np.concatenate((worths, worths[able] + amount))
        used = np.concatenate((used, used[able] + row))
        members = np.concatenate((members, joined))
    order = np.argsort(-worths, kind="stable")
    return worths[order], used[order], members[order]
