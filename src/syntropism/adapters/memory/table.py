"""Rows in a dict, with indexes and an undo journal."""

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from attrs import define, field

from syntropism.application.ports.unit_of_work import StorageFailed

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@define
class Journal:
    """How to take back what the open transaction has done, newest last."""

    writable: bool = False
    undo: list[Callable[[], None]] = field(factory=list)

    def record(self, undo: Callable[[], None]) -> None:
        """Remembers how to take one change back.

        Raises:
            StorageFailed: the transaction is read-only.
        """
        self.require_writable()
        self.undo.append(undo)

    def require_writable(self) -> None:
        """Raises:
        StorageFailed: the transaction is read-only.
        """
        if not self.writable:
            raise StorageFailed("this transaction is read-only")

    def roll_back(self, mark: int = 0) -> None:
        """Takes back everything after ``mark``."""
        while len(self.undo) > mark:
            self.undo.pop()()


class Index(Generic[K, V]):
    """The keys of the rows for which ``of`` gives the same (not ``None``) value."""

    def __init__(self, of: Callable[[V], Hashable | None]) -> None:
        self._of = of
        self._buckets: dict[Hashable, dict[K, None]] = {}

    def move(self, key: K, old: V | None, new: V | None) -> None:
        """Follows one row from ``old`` to ``new``."""
        before = None if old is None else self._of(old)
        after = None if new is None else self._of(new)
        if before == after:
            return
        if before is not None:
            bucket = self._buckets[before]
            del bucket[key]
            if not bucket:
                del self._buckets[before]
        if after is not None:
            self._buckets.setdefault(after, {})[key] = None

    def keys(self, value: Hashable) -> list[K]:
        """The keys of the rows in one bucket."""
        return list(self._buckets.get(value, ()))


class Table(Generic[K, V]):
    """Rows by key, in order of insertion; every change can be undone."""

    def __init__(self, journal: Journal, *indexes: Index[K, V]) -> None:
        self._rows: dict[K, V] = {}
        self._journal = journal
        self._indexes = indexes

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def get(self, key: K) -> V | None:
        """The row, or ``None``."""
        return self._rows.get(key)

    def put(self, key: K, row: V) -> None:
        """Adds or replaces a row."""
        old = self._rows.get(key)
        self._journal.record(lambda: self._set(key, old))
        self._set(key, row)

    def remove(self, key: K) -> None:
        """Removes a row that is there."""
        old = self._rows[key]
        self._journal.record(lambda: self._set(key, old))
        self._set(key, None)

    def items(self) -> Iterator[tuple[K, V]]:
        """All keys and rows, oldest first."""
        return iter(self._rows.items())

    def values(self) -> Iterator[V]:
        """All rows, oldest first."""
        return iter(self._rows.values())

    def newest(self) -> Iterator[V]:
        """All rows, newest first."""
        return reversed(self._rows.values())

    def in_bucket(self, index: Index[K, V], value: Hashable) -> list[V]:
        """The rows that ``index`` keeps under ``value``."""
        return [self._rows[key] for key in index.keys(value)]

    def _set(self, key: K, row: V | None) -> None:
        old = self._rows.get(key)
        for index in self._indexes:
            index.move(key, old, row)
        if row is None:
            del self._rows[key]
        else:
            self._rows[key] = row


def newest_page(
    rows: Iterator[V], identity: Callable[[V], str], limit: int, before: str | None
) -> list[V]:
    """The first ``limit`` rows (newest first) whose id is below ``before``."""
    page: list[V] = []
    for row in rows:
        if before is not None and identity(row) >= before:
            continue
        page.append(row)
        if len(page) >= limit:
            break
    return page
