"""Where events are published for the world outside, at least once and in order."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from syntropism.domain.events import Event
from syntropism.domain.identifiers import EventId


@frozen(slots=True)
class Published:
    """The newest event that is out: its place in the history, and its id."""

    sequence: int
    event_id: EventId


class PublishFailed(Exception):
    """Nothing can be published now; one line that says why. Trying again later helps."""


class Superseded(Exception):
    """Somebody else has published since this publisher looked: look again."""


class EventPublisher(Protocol):
    """The way out. Repeating an event is harmless: it is known by its id."""

    def resume(self) -> Published | None:
        """Looks what is out already, by whomever; ``None`` if that cannot be told. What is
        published from here on is refused once anybody else has published.

        Raises:
            PublishFailed: it cannot be reached.
        """
        ...

    def publish(self, events: Sequence[Event]) -> None:
        """Publishes ``events``, in their order; once it returns they are out for good. When it
        raises, any number of the first of them may be out.

        Raises:
            Superseded: somebody else has published.
            PublishFailed: it cannot be reached, or is full.
        """
        ...
