"""Samples never keep a worker waiting, whatever the meter does."""

from threading import Event

from syntropism.adapters.memory.usage import MemoryMeter
from syntropism.application.ports.usage_meter import LiveUsage
from syntropism.application.samples import Samples


class SlowMeter(MemoryMeter):
    """It answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let, self.ended = Event(), Event(), Event()
        self.heard: list[int] = []

    def sample(self, execution_id, attempt, cpu_ms, memory_bytes) -> None:
        self.heard.append(cpu_ms)
        self.asked.set()
        assert self.let.wait(30)
        super().sample(execution_id, attempt, cpu_ms, memory_bytes)

    def flush(self, execution_id, attempt) -> LiveUsage | None:
        last = super().flush(execution_id, attempt)
        self.ended.set()
        return last


def test_only_the_newest_sample_waits_and_nobody_waits_for_it():
    meter = SlowMeter()
    samples = Samples(meter)
    samples.sample("one", 1, 10, 1)
    assert meter.asked.wait(30)
    for cpu_ms in range(20, 100, 10):
        samples.sample("one", 1, cpu_ms, 1)
    samples.sample("two", 1, 5, 1)
    meter.let.set()
    samples.flush("three", 1)
    assert meter.ended.wait(30)
    assert meter.heard == [10, 90, 5]
    assert meter.read("one", 1) == LiveUsage(90, 1)


def test_what_has_ended_is_not_sampled_again():
    meter = SlowMeter()
    samples = Samples(meter)
    samples.sample("one", 1, 10, 1)
    assert meter.asked.wait(30)
    samples.flush("one", 1)
    samples.sample("one", 1, 20, 1)
    meter.let.set()
    assert meter.ended.wait(30)
    assert meter.heard == [10]
    assert meter.read("one", 1) is None
