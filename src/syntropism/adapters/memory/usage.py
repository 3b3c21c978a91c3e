"""Live counters in memory, for windows and API in one process."""

from collections import OrderedDict
from threading import Lock
from typing import Final

from syntropism.application.ports.usage_meter import LiveUsage
from syntropism.domain.identifiers import ExecutionId

Key = tuple[ExecutionId, int]

LIVE_MAX: Final = 100_000
"""So many attempts are counted at once; the oldest are forgotten, whose workers were lost."""

FLUSHED_MAX: Final = 10_000
"""So many ended windows are known, whose late samples are lost."""


class MemoryMeter:
    """One dictionary."""

    def __init__(self) -> None:
        self._live: dict[Key, LiveUsage] = {}
        self._flushed: OrderedDict[Key, None] = OrderedDict()
        self._lock = Lock()

    def sample(
        self, execution_id: ExecutionId, attempt: int, cpu_ms: int, memory_bytes: int
    ) -> None:
        key = execution_id, attempt
        with self._lock:
            if key not in self._flushed:
                self._live[key] = self._of(key).sampled(cpu_ms, memory_bytes)
                while len(self._live) > LIVE_MAX:
                    del self._live[next(iter(self._live))]

    def reserve(self, execution_id: ExecutionId, attempt: int, tokens: int, quota: int) -> None:
        key = execution_id, attempt
        with self._lock:
            self._live[key] = self._of(key).reserved(tokens, quota)

    def settle(self, execution_id: ExecutionId, attempt: int, reserved: int, used: int) -> None:
        key = execution_id, attempt
        with self._lock:
            if key not in self._flushed:
                self._live[key] = self._of(key).settled(reserved, used)

    def read(self, execution_id: ExecutionId, attempt: int) -> LiveUsage | None:
        return self._live.get((execution_id, attempt))

    def flush(self, execution_id: ExecutionId, attempt: int) -> LiveUsage | None:
        key = execution_id, attempt
        with self._lock:
            self._flushed[key] = None
            while len(self._flushed) > FLUSHED_MAX:
                self._flushed.popitem(last=False)
            return self._live.pop(key, None)

    def _of(self, key: Key) -> LiveUsage:
        return self._live.get(key, LiveUsage())
