"""A worker's shift: slots kept busy, drained in time, and what is left given back."""

import time
from itertools import count
from threading import Event, Lock, Thread

import pytest

from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.ports.sandbox import Termination, WindowOutcome
from syntropism.application.ports.unit_of_work import StorageAway
from syntropism.application.ports.worker_desk import LeasedWindow, StartedWindow
from syntropism.application.worker import Worker
from syntropism.domain.errors import Forbidden
from syntropism.domain.market.resources import Bundle
from syntropism.entrypoints.services.health import Health
from syntropism.entrypoints.services.worker import Offer, Shift

SLOTS = 2


class Economy:
    """A desk that has so many windows to give."""

    lease_seconds = 0.4

    def __init__(self, windows: int) -> None:
        self.left = windows
        self.given = 0
        self.reported: list[str] = []
        self.lost: list[str] = []
        self.signed: list[bool] = []
        self.used: list[tuple[int, int]] = []
        self.gone = False
        self.away = False
        self.lock = Lock()

    def _answer(self) -> None:
        if self.away:
            raise StorageAway("nobody there")

    def sign_on(self, cpu_cores, memory_mb, slots, *, draining=False):
        self._answer()
        self.signed.append(draining)
        return {"lease_seconds": self.lease_seconds}

    def sign_off(self) -> None:
        self._answer()
        self.gone = True

    def lease(self, limit):
        self._answer()
        with self.lock:
            assert limit <= SLOTS
            found = []
            while self.left and len(found) < limit:
                self.left -= 1
                self.given += 1
                found.append(
                    LeasedWindow(
                        execution_id=f"01890000-0000-7000-8000-{self.given:012d}",
                        attempt=1,
                        receipt="",
                        agent_id="agent",
                        bundle=Bundle(1, 64, 10),
                        files={},
                    )
                )
            return found

    def start(self, window):
        return StartedWindow(env={}, token="token")

    def goes_on(self, window, cpu_ms=0, memory_bytes=0):
        self.used.append((cpu_ms, memory_bytes))
        return True

    def report(self, window, outcome, env):
        self.reported.append(window.execution_id)

    def lose(self, window, detail, env):
        self.lost.append(detail)


class Sandbox:
    """Lives windows until they are let go, or cancelled."""

    def __init__(self) -> None:
        self.go = Event()
        self.now = 0
        self.most = 0
        self.lock = Lock()

    def run(self, spec, cancelled):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            for look in count(1):
                if self.go.wait(0.01):
                    break
                spec.sampled(look, 1024 * look)
                if cancelled():
                    return WindowOutcome(termination=Termination.KILLED)
            return WindowOutcome(termination=Termination.COMPLETED)
        finally:
            with self.lock:
                self.now -= 1


@pytest.fixture
def sandbox():
    made = Sandbox()
    yield made
    made.go.set()


def shift_of(economy: Economy, sandbox: Sandbox, drain_seconds: float = 60.0) -> Shift:
    give_back = Event()
    worker = Worker(
        desk=economy,
        sandbox=sandbox,
        workspaces=MemoryWorkspaces(),
        service_address=("127.0.0.1", 1),
        slots=SLOTS,
        stopping=give_back.is_set,
    )
    return Shift(
        desk=economy,
        worker=worker,
        offer=Offer(cpu_cores=1, memory_mb=512, slots=SLOTS),
        stop=Event(),
        give_back=give_back,
        drain_seconds=drain_seconds,
        health=Health(),
        tell=lambda _: None,
    )


def until(look, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_slots_are_kept_busy_and_no_more_than_these(sandbox):
    economy = Economy(5)
    shift = shift_of(economy, sandbox)
    thread = Thread(target=shift.work)
    thread.start()
    until(lambda: sandbox.now == SLOTS)
    assert economy.given == SLOTS
    until(lambda: shift.health.ready)
    sandbox.go.set()
    until(lambda: len(economy.reported) == 5)
    shift.stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert sandbox.most == SLOTS
    assert economy.gone
    assert economy.lost == []


def test_a_drain_takes_nothing_new_and_lets_windows_end(sandbox):
    economy = Economy(5)
    shift = shift_of(economy, sandbox)
    thread = Thread(target=shift.work)
    thread.start()
    until(lambda: sandbox.now == SLOTS)
    shift.stop.set()
    until(lambda: True in economy.signed)
    assert not shift.health.ready
    sandbox.go.set()
    thread.join(20)
    assert len(economy.reported) == economy.given == SLOTS
    assert economy.gone


def test_what_does_not_end_in_time_is_given_back(sandbox):
    economy = Economy(1)
    shift = shift_of(economy, sandbox, drain_seconds=0.1)
    thread = Thread(target=shift.work)
    thread.start()
    until(lambda: sandbox.now == 1)
    shift.stop.set()
    thread.join(20)
    assert economy.lost == ["the worker was stopped"]
    assert economy.reported == []


def test_while_the_economy_is_away_windows_go_on_and_it_is_found_again(sandbox):
    economy = Economy(1)
    shift = shift_of(economy, sandbox)
    thread = Thread(target=shift.work)
    thread.start()
    until(lambda: sandbox.now == 1)
    economy.away = True
    until(lambda: not shift.health.ready)
    assert sandbox.now == 1
    economy.away, economy.left = False, 1
    until(lambda: sandbox.now == 2)
    until(lambda: shift.health.ready)
    sandbox.go.set()
    shift.stop.set()
    thread.join(20)
    assert len(economy.reported) == 2


def test_a_refused_worker_ends(sandbox):
    economy = Economy(0)

    def refuse(*_, **__):
        raise Forbidden("this needs the role worker")

    economy.sign_on = refuse
    with pytest.raises(Forbidden):
        shift_of(economy, sandbox).work()


def test_nothing_is_taken_while_what_windows_need_is_away(sandbox):
    economy = Economy(windows=1)
    shift = shift_of(economy, sandbox)
    away, said = [True], []
    shift.tell = said.append

    def depends() -> None:
        if away[0]:
            raise StorageAway("no NATS server answers")

    shift.depends = depends
    thread = Thread(target=shift.work)
    thread.start()
    try:
        until(lambda: "no NATS server answers" in shift.health.state)
        assert not shift.health.ready
        assert economy.left == 1
        assert economy.signed, "it is there, though"
        away[0] = False
        sandbox.go.set()
        until(lambda: economy.reported)
    finally:
        shift.stop.set()
        thread.join(20)
    assert said == ["no NATS server answers; trying again", "it answers again"]


def test_the_desk_hears_what_windows_use_while_they_use_it(sandbox):
    economy = Economy(1)
    shift = shift_of(economy, sandbox)
    working = Thread(target=shift.work)
    working.start()
    until(lambda: len(economy.used) >= 3)
    shift.stop.set()
    sandbox.go.set()
    working.join(20)
    assert economy.used[:3] == [(1, 1024), (2, 2048), (3, 3072)]
