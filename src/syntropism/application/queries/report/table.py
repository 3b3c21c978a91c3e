"""A tidy table: one row per observation, one column per variable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, overload

import attrs
from attrs import frozen


@frozen(slots=True)
class Row(Mapping[str, Any]):
    """A frozen row that is also a mapping from column to value: ``row.name``, ``row["name"]``
    and ``dict(row)`` all work, and so does a data frame made of a list of rows."""

    def __getitem__(self, column: str) -> Any:
        if column not in attrs.fields_dict(type(self)):
            raise KeyError(column)
        return getattr(self, column)

    def __iter__(self) -> Iterator[str]:
        return iter(attrs.fields_dict(type(self)))

    def __len__(self) -> int:
        return len(attrs.fields(type(self)))


R = TypeVar("R", bound=Row)


@frozen
class Column:
    """A column: its name, and the type of what is in it (``None`` may be, too)."""

    name: str
    kind: type


class Table(Sequence[R], Generic[R]):
    """Rows of one kind. A table without rows still knows its columns."""

    def __init__(self, kind: type[R], rows: Iterable[R]) -> None:
        self._kind = kind
        self._rows = tuple(rows)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return tuple(Column(one.name, _kind(one.type)) for one in attrs.fields(self._kind))

    def column(self, name: str) -> list[Any]:
        """All values of one column, in the order of the rows.

        Raises:
            KeyError: there is no such column.
        """
        if name not in attrs.fields_dict(self._kind):
            raise KeyError(name)
        return [getattr(row, name) for row in self._rows]

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries."""
        names = [column.name for column in self.columns]
        return [{name: getattr(row, name) for name in names} for row in self._rows]

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"<{len(self._rows)} rows of {names}>"


def _kind(annotation: Any) -> type:
    if isinstance(annotation, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    assert isinstance(annotation, type), annotation
    return annotation
