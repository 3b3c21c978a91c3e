"""Events: what happened, in the past tense. History explains the present (law 13)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from syntropism.domain.identifiers import EventId


@frozen(slots=True)
class Event:
    """One thing that happened.

    ``type`` is ``domain.entity.action``; ``data`` is JSON-ready, with money as integer
    micro-credits under names that end in ``_micro``.  ``sequence`` is its place in the one
    commit-ordered history, given by the store (0 until stored).
    """

    id: EventId
    type: str
    occurred_at: datetime
    data: Mapping[str, Any]
    correlation_id: str = ""
    causation_id: str = ""
    user_id: str = ""
    sequence: int = 0

    @property
    def source(self) -> str:
        """The part of the domain it happened in: the first word of its type."""
        return self.type.partition(".")[0]
