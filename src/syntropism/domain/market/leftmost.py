"""Finding the first vector of a long sequence that lies within given limits."""

from collections.abc import Sequence


class LeftmostWithin:
    """A tree of componentwise minima over ``vectors`` (non-empty, all of one length).

    Building is O(n·m). A search skips whole runs in which some component is everywhere too
    large: O(m·log n) when one component decides, O(n·m) at worst.
    """

    __slots__ = ("_count", "_leaves", "_minima")

    def __init__(self, vectors: Sequence[tuple[int, ...]]) -> None:
        self._count = len(vectors)
        self._leaves = 1 << max(0, self._count - 1).bit_length()
        minima: list[tuple[int, ...] | None] = [None] * self._leaves
        minima.extend(vectors)
        minima.extend([None] * (self._leaves - self._count))
        for node in range(self._leaves - 1, 0, -1):
            left, right = minima[2 * node], minima[2 * node + 1]
            minima[node] = left if left is None or right is None else tuple(map(min, left, right))
        self._minima = minima

    def search(self, start: int, limits: tuple[int, ...]) -> int | None:
        """The smallest index ≥ ``start`` whose vector exceeds no limit, or ``None``."""
        if start >= self._count:
            return None
        minima, leaves = self._minima, self._leaves
        node = start + leaves
        while True:
            least = minima[node]
            if least is not None:
                for value, limit in zip(least, limits, strict=True):
                    if value > limit:
                        break
                else:
                    if node >= leaves:
                        return node - leaves
                    node *= 2
                    continue
            while node & 1:
                node >>= 1
            if node == 0:
                return None
            node += 1
