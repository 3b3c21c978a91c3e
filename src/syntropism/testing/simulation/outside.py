"""What happens becomes known outside: published in order, and posted by those who consume it."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field, frozen

from syntropism.application.consuming import Consumer
from syntropism.application.event_documents import event_document
from syntropism.application.ports.event_publisher import PublishFailed
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWork
from syntropism.application.publishing import Outbox
from syntropism.domain.events import Event
from syntropism.entrypoints.container import Stream
from syntropism.testing.faults import faulty_event_publisher
from syntropism.testing.simulation import faults as kinds
from syntropism.testing.simulation.processes import Stage
from syntropism.testing.simulation.store import FaultyStore

LOOK_SECONDS: Final = 12.0
"""How long a gateway rests that found nothing to do."""

DISCOVERED: Final = "market.price.discovered"
CONSUMER: Final = "prices"


@define
class Subscription:
    """What a durable consumer remembers: how much of the stream has been acknowledged. Until
    then the same events are delivered again, to whichever gateway asks."""

    stream: Stream = field(factory=Stream)
    seen: int = 0
    taken: set[str] = field(factory=set)
    """The ids of those whose effect is there, as far as anybody was told."""
    posted: dict[str, int] = field(factory=dict)
    """The cycle of each price on the board."""

    def waiting(self) -> list[Event]:
        """What is delivered now."""
        return [one for one in self.stream.events[self.seen :] if one.type == DISCOVERED]

    def acknowledge(self, place: int) -> None:
        """All before ``place`` had their effect."""
        self.seen = max(self.seen, place)


@frozen
class GatewayProcess:
    """Publishes what was committed when it is its turn, and consumes what is published."""

    stage: Stage
    subscription: Subscription

    def __call__(self, name: str) -> None:
        """Its life."""
        stage, store = self.stage, self.stage.store()
        publisher = faulty_event_publisher(self.subscription.stream.publisher(), stage.faults)
        outbox = Outbox(store, publisher, name)
        consumer = Consumer(store, CONSUMER, self._post)
        while True:
            stage.scheduler.sleep(LOOK_SECONDS)
            try:
                while outbox.step():
                    pass
                self._consume(consumer, store)
            except (PublishFailed, StorageFailed):
                continue

    def _consume(self, consumer: Consumer, store: FaultyStore) -> None:
        place, strikes = len(self.subscription.stream.events), store.faults.strikes
        for event in self.subscription.waiting():
            for _ in range(1 + strikes(kinds.DELIVERED_AGAIN)):
                consumer.take(event_document(event))
            self.subscription.taken.add(event.id)
        if not strikes(kinds.ACKNOWLEDGEMENT_LOST):
            self.subscription.acknowledge(place)

    def _post(self, uow: UnitOfWork, event: Mapping[str, Any]) -> None:
        """The effect of one event: counted in its transaction, and posted on a board beside."""
        uow.positions.save(CONSUMER, uow.positions.get(CONSUMER) + 1)
        cycle = int(event["data"]["cycle"])
        self.subscription.posted[CONSUMER] = max(
            cycle, self.subscription.posted.get(CONSUMER, cycle)
        )
