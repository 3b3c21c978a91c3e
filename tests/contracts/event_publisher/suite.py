"""What every way out for events must keep."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from syntropism.application.event_documents import event_document
from syntropism.application.ports.event_publisher import EventPublisher, Published, Superseded
from syntropism.domain.events import Event

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def events(start: int, number: int) -> list[Event]:
    return [
        Event(str(uuid4()), "market.bid.placed", NOW, {"n": place}, "c", "d", "e", place)
        for place in range(start, start + number)
    ]


class EventPublisherContract:
    """Inherit, and give ``publisher`` (a new one onto the same stream at each call) and ``out``
    (the documents in it, in order)."""

    @pytest.fixture
    def publisher(self) -> Callable[[], EventPublisher]:
        raise NotImplementedError

    @pytest.fixture
    def out(self) -> Callable[[], list[dict]]:
        raise NotImplementedError

    def test_events_come_out_in_order_and_in_the_envelope(self, publisher, out) -> None:
        first = publisher()
        assert first.resume() is None
        told = events(1, 300)
        first.publish(told[:200])
        first.publish(told[200:])
        assert out() == [event_document(event) for event in told]

    def test_whoever_takes_over_sees_how_far_the_last_one_came(self, publisher, out) -> None:
        told = events(1, 5)
        first, second = publisher(), publisher()
        first.resume()
        first.publish(told[:3])
        assert second.resume() == Published(3, told[2].id)
        second.publish(told[3:])
        assert out() == [event_document(event) for event in told]

    def test_whoever_was_overtaken_is_refused(self, publisher, out) -> None:
        told = events(1, 4)
        first, second = publisher(), publisher()
        first.resume()
        second.resume()
        second.publish(told[:2])
        with pytest.raises(Superseded):
            first.publish(told[:2])
        with pytest.raises(Superseded):
            first.publish(told[2:])
        assert [one["id"] for one in out()] == [one.id for one in told[:2]]
        assert first.resume() == Published(2, told[1].id)
        first.publish(told[2:])
        assert [one["id"] for one in out()] == [one.id for one in told]
