"""Who leads, who stands by, and what happens in between; in memory, with time that is told."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from attrs import define, field
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.commands import windows, working
from syntropism.application.commands.leading import ORCHESTRATOR, take_lead
from syntropism.application.cycle import AllocationCycle
from syntropism.application.ports.unit_of_work import StorageAway
from syntropism.domain.execution.executions import ExecutionStatus as S
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.market.resources import Bundle
from syntropism.entrypoints.services.health import Health
from syntropism.entrypoints.services.orchestrator import ElectedOrchestrator
from syntropism.testing import check_laws
from syntropism.testing.faults import Faults, faulty_store

LEAD_MS = 4_000


@define
class Passing:
    """An event whose ``wait`` is time that passes in the economy; set after so many waits, or
    when ``until`` says so."""

    clock: SimulatedClock
    waits: int = 200
    until: object = field(default=lambda: False)
    _set: bool = False

    def wait(self, seconds: float) -> bool:
        self.clock.sleep(seconds)
        self.waits -= 1
        return self.is_set()

    def is_set(self) -> bool:
        self._set = self._set or self.waits <= 0 or self.until()
        return self._set

    def set(self) -> None:
        self._set = True


@pytest.fixture
def town():
    clock = SimulatedClock()
    made = founded(MemoryStore(clock), clock)
    yield made
    made.ask(lambda uow: check_laws(uow, made.rules.parameters))


def staffed(town) -> None:
    def sign_on(fx):
        now = fx.now
        worker = DeclaredWorker(
            id="w",
            cpu_milli=2_000,
            memory_milli_mb=10**6,
            slots=9,
            heartbeat_at=now,
            expires_at=now,
        )
        working.sign_on(fx, worker.seen(now, 10**9))

    town.do(sign_on)


def orchestrator(town, name: str, *, stop=None, store=None, **more) -> ElectedOrchestrator:
    cycle = AllocationCycle(
        store=store or town.store,
        rules=town.rules,
        clock=town.clock,
        workspaces=MemoryWorkspaces(),
        execute=more.pop("execute", lambda: 0),
        workforce=True,
        lead_ms=LEAD_MS,
    )
    facts = {
        "holder": name,
        "store": store or town.store,
        "rules": town.rules,
        "cycle": lambda: cycle,
        "founder": None,
        "cycle_seconds": 10.0,
        "lead_ms": LEAD_MS,
        "continuous": True,
        "stop": stop or Passing(town.clock),
        "health": Health(),
        "tell": lambda _: None,
        "on_cycle": lambda _: None,
    }
    return ElectedOrchestrator(**{**facts, **more})


def lease(town):
    return town.ask(lambda uow: uow.leases.get(ORCHESTRATOR))


def test_cycles_last_as_long_as_they_are_to(town):
    staffed(town)
    before = town.clock.now()
    assert orchestrator(town, "one", cycles=4).run() == 4
    assert 30 <= (town.clock.now() - before).total_seconds() <= 33
    assert lease(town).expires_at <= town.clock.now(), "it gave up its lead"


def test_a_second_stands_by_until_the_lead_is_over(town):
    staffed(town)
    town.do(lambda fx: take_lead(fx.uow, "other", LEAD_MS))
    began = town.clock.now()
    second = orchestrator(town, "second", cycles=1)
    assert second.run() == 1
    assert 4 <= (town.clock.now() - began).total_seconds() <= 6
    assert lease(town).fence == 2


def test_while_another_one_renews_its_lead_it_goes_on_standing_by(town):
    staffed(town)

    def renew() -> bool:
        town.do(lambda fx: take_lead(fx.uow, "other", LEAD_MS))
        return False

    second = orchestrator(town, "second", stop=Passing(town.clock, 20, renew))
    assert second.run() == 0
    assert second.health.state == "standing by"
    assert second.health.ready
    assert (lease(town).holder, lease(town).fence) == ("other", 1)


def test_who_was_asleep_past_its_lead_finds_itself_deposed_and_stands_by(town):
    staffed(town)
    said = []
    taken = []

    def usurped() -> bool:
        if lease(town) is not None and lease(town).holder == "first" and not taken:
            town.clock.sleep(LEAD_MS / 1000 + 1)
            taken.append(town.do(lambda fx: take_lead(fx.uow, "other", 10**9)))
        return False

    first = orchestrator(town, "first", stop=Passing(town.clock, 30, usurped), tell=said.append)
    first.run()
    assert "another orchestrator leads now; standing by" in said
    assert (lease(town).holder, lease(town).fence) == ("other", 2)


def test_without_workers_no_cycle_is_opened_and_nobody_ages(town):
    agent = town.born("ada", bundle=Bundle(1, 64, 10))
    leader = orchestrator(town, "one", stop=Passing(town.clock, 50))
    assert leader.run() == 0
    assert leader.health.state == "leading; no worker is live"
    bid = town.ask(lambda uow: uow.bids.open_for(agent))
    assert bid.age == 0
    staffed(town)
    assert orchestrator(town, "one", cycles=1).run() == 1
    assert town.ask(lambda uow: uow.executions.unfinished_of(agent)) is not None


def test_lost_windows_are_taken_back_between_cycles(town):
    staffed(town)
    town.born("ada", bundle=Bundle(1, 64, 10))
    orchestrator(town, "one", cycles=1).run()
    (leased,) = town.do(lambda fx: windows.lease_windows(fx, "w", 1, 1_000))
    leader = orchestrator(
        town,
        "one",
        stop=Passing(town.clock, 40, lambda: town.window(leased.id).status is S.QUEUED),
    )
    leader.run()
    assert town.window(leased.id).status is S.QUEUED


def test_a_synchronous_cycle_waits_for_its_windows(town):
    staffed(town)
    town.born("ada", bundle=Bundle(1, 64, 10))
    made = []

    def execute() -> int:
        (leased,) = town.do(lambda fx: windows.lease_windows(fx, "w", 1, 60_000))

        def end_it() -> bool:
            if town.clock.now() > before_end[0] and town.window(leased.id).status is S.LEASED:
                town.do(lambda fx: windows.lose_window(fx, leased.id, 1, "x", {}))
                town.do(lambda fx: windows.recover_windows(fx, everything=True))
                again = town.do(lambda fx: windows.lease_windows(fx, "w", 1, 60_000))
                for one in again:
                    town.do(lambda fx, one=one: windows.lose_window(fx, one.id, 2, "x", {}))
            return False

        before_end = [town.clock.now() + timedelta(seconds=3)]
        made[0].stop.until = end_it
        return made[0].wait_for_windows()

    leader = orchestrator(town, "one", cycles=1, continuous=False, execute=execute)
    made.append(leader)
    began = town.clock.now()
    assert leader.run() == 1
    assert (town.clock.now() - began).total_seconds() >= 3
    assert town.ask(lambda uow: uow.executions.unfinished()) == []


def test_a_store_that_goes_away_is_waited_for(town):
    staffed(town)
    failures = [StorageAway("gone")] * 3

    def flaky(**arguments):
        if failures:
            raise failures.pop()
        return town.store(**arguments)

    leader = orchestrator(town, "one", store=flaky, cycles=1)
    assert leader.run() == 1
    assert not failures


def test_real_events_stop_it(town):
    stop = Event()
    leader = orchestrator(town, "one", stop=stop)
    thread = Thread(target=leader.run)
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize("chance", [1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        "UnitOfWork.commit raises TryAgain before",
        "Leases.save raises TryAgain after",
        "Leases.get raises TryAgain before",
        "Workers.live raises TryAgain before",
        "Executions.unfinished raises TryAgain before",
        "Cycles.latest raises TryAgain before",
    ],
)
def test_a_transaction_that_is_lost_is_run_again_and_nobody_hears_of_it(town, fault, chance):
    staffed(town)
    said, faults = [], Faults(at={fault: [chance, chance + 3]})
    store = faulty_store(town.store, faults)
    assert orchestrator(town, "one", store=store, cycles=2, tell=said.append).run() == 2
    assert said == [f"leading, under fencing number {lease(town).fence}"]
    assert faults.injected
    assert lease(town).expires_at <= town.clock.now(), "it gave up its lead"


def test_who_was_elected_without_being_told_leads_at_once(town):
    """The answer to the commit of its election was lost."""
    staffed(town)
    said, began = [], town.clock.now()
    faults = Faults(at={"UnitOfWork.commit raises CommitLost after": [1]})
    store = faulty_store(town.store, faults)
    assert orchestrator(town, "one", store=store, cycles=1, tell=said.append).run() == 1
    assert (lease(town).holder, lease(town).fence) == ("one", 1)
    assert (town.clock.now() - began).total_seconds() < LEAD_MS / 1000
    assert [line for line in said if "another orchestrator" in line] == []


def test_who_was_not_elected_does_not_believe_so(town):
    """The commit of its election failed, and somebody else was faster then."""
    staffed(town)
    said = []

    def other_is_faster() -> bool:
        if faults.injected and lease(town) is None:
            town.do(lambda fx: take_lead(fx.uow, "other", LEAD_MS))
        return False

    faults = Faults(at={"UnitOfWork.commit raises StorageFailed before": [1]})
    store = faulty_store(town.store, faults)
    stop = Passing(town.clock, 3, other_is_faster)
    one = orchestrator(town, "one", store=store, stop=stop, tell=said.append)
    assert one.run() == 0
    assert one.health.state == "standing by"
    assert not any("leads now" in line or line.startswith("leading") for line in said), said
