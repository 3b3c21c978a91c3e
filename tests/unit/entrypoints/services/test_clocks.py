"""A clock that is off is told of once, and so is that it is right again; nothing stops over it."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.entrypoints.services import clocks as module
from syntropism.entrypoints.services import worker as worker_module
from syntropism.entrypoints.services.clocks import ClockWatch
from syntropism.entrypoints.services.health import Health
from syntropism.entrypoints.services.worker import Offer, Shift

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Watched:
    """A machine whose clock shows so many seconds after noon."""

    def __init__(self) -> None:
        self.seconds, self.said = 0.0, []
        self.watch = ClockWatch(2.0, self.said.append, lambda: after(self.seconds))

    def asks(self, theirs: float, *, takes: float = 0.0) -> str:
        began = self.watch.now()
        self.seconds += takes
        self.watch.heard(after(theirs), began)
        return self.watch.trouble


def test_what_is_tolerated_is_not_told():
    here = Watched()
    assert [here.asks(theirs) for theirs in (0, 2, -2)] == ["", "", ""]
    assert here.said == []


@pytest.mark.parametrize(("theirs", "words"), [(9, "9.0 s behind"), (-9, "9.0 s ahead of")])
def test_it_is_told_once_until_it_is_right_again(theirs, words):
    here = Watched()
    assert words in here.asks(theirs)
    assert words in here.asks(theirs)
    assert here.asks(0) == ""
    (wrong, right) = here.said
    assert words in wrong
    assert "NTP" in wrong
    assert "right again" in right
    here.asks(theirs)
    assert len(here.said) == 3


def test_an_answer_that_takes_long_does_not_make_a_clock_look_wrong():
    here = Watched()
    assert here.asks(1, takes=30) == ""
    assert "behind" in here.asks(90, takes=30)


def test_the_clock_of_the_store_is_looked_at_now_and_then(monkeypatch):
    clock, said = SimulatedClock(), []
    store = MemoryStore(clock)
    watch = ClockWatch(2.0, said.append, lambda: clock.now() + timedelta(seconds=40))
    watch.look(store)
    assert "ahead of" in watch.trouble
    watch.now = clock.now
    watch.look(store)
    assert watch.trouble, "it has just looked"
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    watch.look(store)
    assert not watch.trouble
    assert len(said) == 2


def test_readiness_tells_of_it_and_stays_ready():
    here = Watched()
    health = Health(troubles=lambda: [here.watch.trouble] if here.watch.trouble else [])
    health.now("leading", ready=True)
    assert health.answer("/readyz") == (200, {"data": {"status": "leading"}})
    here.asks(9)
    status, document = health.answer("/readyz")
    assert status == 200
    assert "9.0 s behind" in document["data"]["troubles"][0]


def test_a_worker_compares_at_every_sign_on(monkeypatch):
    monkeypatch.setattr(worker_module, "SIGN_ON_SECONDS_MAX", 0.0)
    monkeypatch.setattr(worker_module, "LOOK_SECONDS", 0.0)
    said, stop, skews = [], Event(), [0, 40, 40, 0]

    class Desk:
        lease_seconds = 1.0

        def sign_on(self, *_, draining=False):
            skew = skews.pop(0)
            if not skews:
                stop.set()
            now = datetime.now(UTC) + timedelta(seconds=skew)
            return {"lease_seconds": 1.0, "now": now.isoformat()}

        def lease(self, _limit):
            return []

        def sign_off(self):
            pass

    Shift(
        desk=Desk(),
        worker=None,
        offer=Offer(cpu_cores=1, memory_mb=1, slots=1),
        stop=stop,
        give_back=Event(),
        drain_seconds=1,
        health=Health(),
        tell=said.append,
        clocks=ClockWatch(2.0, said.append),
    ).work()
    assert len(said) == 2
    assert "behind" in said[0]
    assert "right again" in said[1]
