"""Publishing into a list: for simulations, and for testing what publishes."""

from collections.abc import Sequence
from threading import Lock

from syntropism.application.ports.event_publisher import Published, Superseded
from syntropism.domain.events import Event


class MemoryStream:
    """What is out, in order, each event once; any number of publishers share it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._lock = Lock()

    def append(self, events: Sequence[Event], expected: int) -> int:
        """Adds those that are not out; the new length.

        Raises:
            Superseded: its length is not ``expected``.
        """
        with self._lock:
            if len(self.events) != expected:
                raise Superseded(f"the stream holds {len(self.events)} events, not {expected}")
            known = {event.id for event in self.events}
            self.events += [event for event in events if event.id not in known]
            return len(self.events)


class MemoryPublisher:
    """One publisher into a stream."""

    def __init__(self, stream: MemoryStream) -> None:
        self._stream = stream
        self._expected = 0

    def resume(self) -> Published | None:
        out = self._stream.events[-1:]
        self._expected = len(self._stream.events)
        return Published(out[0].sequence, out[0].id) if out else None

    def publish(self, events: Sequence[Event]) -> None:
        self._expected = self._stream.append(events, self._expected)
