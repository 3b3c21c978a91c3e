"""History explains the present (law 13): statuses replayed from events."""

from collections.abc import Iterable
from typing import Final

from syntropism.domain.events import Event

STATUS_OF: Final = {
    "population.agent.spawned": ("agent", "alive"),
    "population.agent.awakened": ("agent", "alive"),
    "population.agent.dormant": ("agent", "dormant"),
    "population.agent.died": ("agent", "dead"),
    "market.bid.placed": ("bid", "open"),
    "market.bid.won": ("bid", "won"),
    "market.bid.withdrawn": ("bid", "withdrawn"),
    "market.bid.replaced": ("bid", "replaced"),
    "market.bid.expired": ("bid", "expired"),
    "market.bid.cancelled": ("bid", "cancelled"),
    "execution.run.queued": ("execution", "queued"),
    "execution.run.leased": ("execution", "leased"),
    "execution.run.started": ("execution", "running"),
    "execution.run.requeued": ("execution", "queued"),
    "execution.run.terminated": ("execution", None),
    "attention.prompt.submitted": ("prompt", "queued"),
    "attention.prompt.scored": ("prompt", "scored"),
    "attention.prompt.skipped": ("prompt", "skipped"),
    "attention.prompt.expired": ("prompt", "expired"),
    "attention.prompt.withdrawn": ("prompt", "withdrawn"),
}
"""Which entity an event type speaks of, and its status after it (``None``: in ``status``)."""


def change_of(event: Event) -> tuple[str, str, str] | None:
    """``(entity, id, status)`` if the event tells of a new status, else ``None``."""
    known = STATUS_OF.get(event.type)
    if known is None:
        return None
    entity, status = known
    return entity, str(event.data[f"{entity}_id"]), status or str(event.data["status"])


def replay_statuses(events: Iterable[Event]) -> dict[tuple[str, str], str]:
    """``(entity, id) → status`` after all ``events``, given in the order of their sequence."""
    changes = (change for event in events if (change := change_of(event)) is not None)
    return {(entity, entity_id): status for entity, entity_id, status in changes}
