"""What windows elsewhere use right now, on its way to the meter."""

from threading import Condition, Thread
from typing import Final

from attrs import define, field

from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.domain.identifiers import ExecutionId

Key = tuple[ExecutionId, int]

WAITING_MAX: Final = 10_000
"""Samples of more attempts than this are not kept waiting."""


@define(eq=False)
class Samples:
    """Hands samples to a meter that may be far away, from a thread of its own: a worker that
    asks whether its window goes on never waits for the meter. Of one attempt only the newest
    sample waits."""

    meter: UsageMeter
    _waiting: dict[Key, tuple[int, int] | None] = field(factory=dict)
    _changed: Condition = field(factory=Condition)
    _thread: Thread | None = None

    def sample(
        self, execution_id: ExecutionId, attempt: int, cpu_ms: int, memory_bytes: int
    ) -> None:
        """See :meth:`UsageMeter.sample`; it is told soon."""
        self._put((execution_id, attempt), (cpu_ms, memory_bytes))

    def flush(self, execution_id: ExecutionId, attempt: int) -> None:
        """The attempt has ended; its figures are forgotten soon, and late samples are lost."""
        self._put((execution_id, attempt), None)

    def _put(self, key: Key, found: tuple[int, int] | None) -> None:
        with self._changed:
            ended = key in self._waiting and self._waiting[key] is None
            if ended or (key not in self._waiting and len(self._waiting) >= WAITING_MAX):
                return
            self._waiting[key] = found
            self._changed.notify()
            if self._thread is None:
                self._thread = Thread(target=self._work, name="samples", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                key = next(iter(self._waiting))
                found = self._waiting.pop(key)
            if found is None:
                self.meter.flush(*key)
            else:
                self.meter.sample(*key, *found)
