"""Events as the world outside sees them: one envelope for every way out."""

from typing import Any

from syntropism.application.documents import timestamp
from syntropism.domain.events import Event


def event_document(event: Event) -> dict[str, Any]:
    """``event`` in its envelope: ``id, type, timestamp, source, data, metadata``.

    Money in ``data`` is integer micro-credits, under names that end in ``_micro``.
    """
    return {
        "id": event.id,
        "type": event.type,
        "timestamp": timestamp(event.occurred_at),
        "source": event.source,
        "data": dict(event.data),
        "metadata": {
            "correlation_id": event.correlation_id,
            "causation_id": event.causation_id,
            "user_id": event.user_id,
        },
    }
