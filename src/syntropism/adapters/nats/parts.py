"""The parts of the gateway."""

from attrs import frozen

from syntropism.adapters.nats.publisher import JetStreamPublisher
from syntropism.application.publishing import Outbox


@frozen(slots=True)
class PublishingPart:
    """Publishes the outbox, when it is this replica's turn."""

    publisher: JetStreamPublisher
    outbox: Outbox

    def open(self) -> None:
        self.publisher.ensure()

    def step(self) -> bool:
        return self.outbox.step() > 0

    def close(self) -> None:
        self.outbox.release()
