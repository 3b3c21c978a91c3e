"""The one schema: naming conventions, and the columns that tables share."""

from typing import Final

from sqlalchemy import Column, MetaData

from syntropism.adapters.sql.types import UtcDateTime

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "idx_%(table_name)s_%(column_0_name)s",
    }
)
"""Every table registers here; ``tables.py`` imports them all."""


def created_at() -> Column[object]:
    """When the row came to be, in the words of its entity."""
    return Column("created_at", UtcDateTime, nullable=False)


def updated_at() -> Column[object]:
    """When the row was last written."""
    return Column("updated_at", UtcDateTime, nullable=False)


def deleted_at() -> Column[object]:
    """When what the row stands for ended; ``NULL`` while it stands. Rows are never removed."""
    return Column("deleted_at", UtcDateTime)
