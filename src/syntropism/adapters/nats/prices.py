"""The posted prices in NATS KV, one entry per resource, kept by a consumer of their events."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.nats.values import Document, Values
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.views.market import priced
from syntropism.domain.market.resources import RESOURCES

BUCKET: Final = "prices"
DISCOVERED: Final = "market.price.discovered"


@frozen(slots=True)
class PriceBoard:
    """Posts prices; of two the later cycle's stays, in whatever order they are delivered."""

    values: Values

    def __call__(self, _: UnitOfWork, event: Mapping[str, Any]) -> None:
        """The effect of one event."""
        cycle, found = int(event["data"]["cycle"]), event["data"]["prices_pico"]
        names = tuple(event["data"].get("resources", RESOURCES))
        shown = priced(tuple(found), names)
        for resource, pico in zip(names, found, strict=True):
            entry = {
                "price": shown[resource],
                "price_pico": pico,
                "cycle": cycle,
                "timestamp": event["timestamp"],
            }
            self.values.change(resource, partial(_later, entry))


def _later(new: Document, old: Document | None) -> Document | None:
    return new if old is None or old["cycle"] < new["cycle"] else None
