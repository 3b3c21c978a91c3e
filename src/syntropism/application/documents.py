"""From views to plain JSON documents, in one place, so that every door answers alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import attrs

from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import Credits
from syntropism.domain.market.resources import Bundle, Capacity


def timestamp(moment: datetime) -> str:
    """``moment`` as ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def document(value: Any) -> Any:
    """``value`` (a view, or anything inside one) as plain JSON data.

    Money becomes a number of credits; an attribute called ``from_`` becomes ``from``.
    """
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Credits):
        return value.json
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Bundle | Capacity | Scores):
        return value.document
    if isinstance(value, Mapping):
        return {str(key): document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [document(item) for item in value]
    if attrs.has(type(value)):
        return {
            field.name.rstrip("_"): document(getattr(value, field.name))
            for field in attrs.fields(type(value))
        }
    raise TypeError(f"no document for {type(value).__name__}")
