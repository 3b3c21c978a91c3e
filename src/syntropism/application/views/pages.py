"""Part of a list."""

from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class Page(Generic[T]):
    """Part of a list; ``next_cursor`` is where the rest begins, or ``None`` at the end."""

    items: tuple[T, ...]
    next_cursor: str | None
