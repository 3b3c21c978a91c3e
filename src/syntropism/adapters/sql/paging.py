"""Lists that are paged through: newest first, from where the last page ended."""

from typing import Any

from sqlalchemy import Column, Select


def newest_first(
    wanted: Select[Any], key: Column[Any], limit: int, before: str | int | None
) -> Select[Any]:
    """The ``limit`` newest of ``wanted`` by ``key``; those before ``before``, if that is given."""
    page = wanted.order_by(key.desc()).limit(limit)
    return page if before is None else page.where(key < before)
