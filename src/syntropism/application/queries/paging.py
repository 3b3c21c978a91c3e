"""Lists come in pages, newest first, with a cursor that names the last item seen."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from syntropism.application.views.pages import Page
from syntropism.domain.errors import Invalid

T = TypeVar("T")
V = TypeVar("V")

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 200
CURSOR_MAX: Final = 64


def require_limit(limit: int) -> int:
    """Raises:
    Invalid: outside 1-200.
    """
    if not 1 <= limit <= LIMIT_MAX:
        raise Invalid(f"limit must be from 1 to {LIMIT_MAX}", field="limit")
    return limit


def require_cursor(cursor: str | None) -> str | None:
    """Raises:
    Invalid: not a cursor of ours.
    """
    if cursor is not None and not (
        0 < len(cursor) <= CURSOR_MAX and cursor.isascii() and cursor.isprintable()
    ):
        raise Invalid("cursor is not valid", field="cursor")
    return cursor


def page_of(
    rows: Sequence[T], limit: int, identity: Callable[[T], str], view: Callable[[T], V]
) -> Page[V]:
    """A page from up to ``limit + 1`` rows; the extra one only tells that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(tuple(view(row) for row in shown), identity(shown[-1]) if more else None)
