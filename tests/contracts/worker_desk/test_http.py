"""The same over HTTP, through a real server; and what only happens on a wire."""

import time

import pytest
from attrs import evolve
from tests.contracts.worker_desk.suite import Counter, WorkerDeskContract
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.memory.usage import MemoryMeter
from syntropism.adapters.rest.app import create_app
from syntropism.adapters.rest.client import Caller
from syntropism.adapters.rest.server import serve_in_thread
from syntropism.adapters.rest.worker_desk import HttpDesk
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands import dying
from syntropism.application.operators.identity import LOCAL
from syntropism.application.ports.sandbox import Termination, WindowOutcome
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.application.row_queue import RowQueue
from syntropism.application.samples import Samples
from syntropism.application.workforce import Workforce
from syntropism.domain.errors import Forbidden, Invalid, Unauthenticated

SECRETS = {role: f"the-secret-of-{role}" for role in ("worker", "viewer", "scorer", "admin")}


@pytest.fixture
def served():
    clock = SimulatedClock()
    town = founded(MemoryStore(clock), clock)
    tokens = EdDsaTokens(new_key())
    for role, secret in SECRETS.items():
        town.operators.issue_token(LOCAL, role, role, secret)
    meter = MemoryMeter()
    town = evolve(town, service=evolve(town.service, meter=meter))
    samples = Samples(meter)
    workforce = Workforce(
        town.store, town.rules, tokens, RowQueue(town.store), 15_000, samples=samples
    )
    app = create_app(town.service, town.operators, tokens, clock, workforce=workforce)
    server = serve_in_thread(app)
    yield town, tokens, server
    server.stop()


def eventually(look) -> None:
    until = time.monotonic() + 30
    while not look():
        assert time.monotonic() < until
        time.sleep(0.005)


def desk_of(served, role="worker", name="ada") -> HttpDesk:
    town, _, server = served
    return HttpDesk(
        Caller(server.address, SECRETS.get(role, role)),
        name,
        seconds=lambda: town.clock.now().timestamp(),
        sleep=town.clock.sleep,
    )


@pytest.fixture
def counter(served):
    town, tokens, _ = served
    desk = desk_of(served)
    desk.sign_on(4, 4096, 8)
    town.clock.sleep(0.001)
    return Counter(town=town, desk=desk, tokens=tokens)


class TestHttp(WorkerDeskContract):
    """Every line of the contract."""


def test_a_worker_declares_its_room_and_leaves(served):
    town, _, _ = served
    desk = desk_of(served)
    assert desk.sign_on(1.5, 512, 3)["lease_seconds"] == desk.lease_seconds == 15
    (kept,) = town.ask(lambda uow: uow.workers.live(uow.now()))
    assert (kept.id, kept.cpu_milli, kept.memory_milli_mb, kept.slots) == (
        "ada",
        1_500,
        512_000,
        3,
    )
    desk.sign_on(1.5, 512, 3, draining=True)
    assert town.ask(lambda uow: uow.workers.live(uow.now())) == []
    desk.sign_off()
    kinds = [one.type for one in town.ask(lambda uow: uow.events.since(0, 1000))]
    assert [kind for kind in kinds if kind.startswith("execution.worker")] == [
        "execution.worker.joined",
        "execution.worker.drained",
        "execution.worker.left",
    ]


def test_a_worker_leases_no_more_than_it_has_room_for(served, counter):
    town, _, _ = served
    small = desk_of(served, name="small")
    small.sign_on(0.1, 100, 9)  # one window of 0.05 cores and 64 MB
    counter.won(3)
    assert len(small.lease(9)) == 1
    assert list(small.lease(9)) == []
    small.sign_on(0.1, 200, 9)
    (second,) = small.lease(9)
    small.lose(second, "stopped", {})
    town.clock.sleep(16)
    assert list(small.lease(9)) == [], "it has not been heard of for too long"


@pytest.mark.parametrize("role", ["viewer", "scorer", "nobody"])
def test_only_workers_and_admins_are_taken(served, role):
    with pytest.raises(Unauthenticated if role == "nobody" else Forbidden):
        desk_of(served, role).sign_on(1, 512, 1)
    desk_of(served, "admin").sign_on(1, 512, 1)


def test_a_worker_sees_nothing_else(served):
    _, _, server = served
    caller = Caller(server.address, SECRETS["worker"])
    for path in ("/agents", "/status", "/executions", "/human/prompts", "/config"):
        with pytest.raises(Forbidden):
            caller._get(path)
    with pytest.raises(Forbidden):
        caller.post("/auth/token", {"name": "me", "role": "admin"})


def test_names_are_checked(served):
    with pytest.raises(Invalid):
        desk_of(served, name="a%20b").sign_on(1, 512, 1)


def test_a_start_whose_answer_was_lost_can_be_repeated(counter):
    counter.won()
    (held,) = counter.desk.lease(1)
    first, again = counter.desk.start(held), counter.desk.start(held)
    assert first.env["deadline"] == again.env["deadline"]


def test_an_agent_sees_what_its_window_has_used_elsewhere(served, counter):
    town, tokens, _ = served
    counter.won()
    (held,) = counter.desk.lease(1)
    started = counter.desk.start(held)
    who = tokens.verify(started.token, town.clock.now())
    assert town.service.window(who)["memory_peak_mb"] == 0.0
    assert counter.desk.goes_on(held, 200, 3 * 2**20)

    def seen(memory_peak_mb: float) -> bool:
        return town.service.window(who)["memory_peak_mb"] == memory_peak_mb

    eventually(lambda: seen(3.0))
    assert town.service.window(who)["cpu_seconds_left"] == 0.3
    counter.desk.report(held, WindowOutcome(termination=Termination.COMPLETED, cpu_ms=210), {})
    meter = town.service.meter
    eventually(lambda: meter.read(held.execution_id, held.attempt) is None)


def test_of_an_attempt_that_was_taken_away_nothing_is_counted(served, counter):
    town, _, _ = served
    counter.won()
    (held,) = counter.desk.lease(1)
    counter.desk.start(held)
    town.do(lambda fx: dying.kill_agent(fx, held.agent_id))
    town.clock.sleep(1.5)
    assert not counter.desk.goes_on(held, 200, 3 * 2**20)
    time.sleep(0.05)
    assert town.service.meter.read(held.execution_id, held.attempt) is None


def test_while_nobody_answers_a_window_goes_on_until_its_lease_is_over(served, counter):
    town, _, server = served
    counter.won()
    (held,) = counter.desk.lease(1)
    counter.desk.start(held)
    server.stop()
    for _ in range(12):
        town.clock.sleep(1.1)
        assert counter.desk.goes_on(held)
    town.clock.sleep(3)
    assert not counter.desk.goes_on(held)
    with pytest.raises(StorageAway):
        counter.desk.lease(1)
    before = town.clock.now()
    with pytest.raises(StorageAway):
        counter.desk.lose(held, "lost touch", {})
    assert (town.clock.now() - before).total_seconds() >= 120, "it has tried for long"


def test_heartbeats_are_not_sent_more_often_than_needed(served, counter):
    town, _, _ = served
    counter.won()
    (held,) = counter.desk.lease(1)
    counter.desk.start(held)
    asked = []
    post = counter.desk._caller.post
    counter.desk._caller.post = lambda path, body: asked.append(path) or post(path, body)
    for _ in range(100):
        town.clock.sleep(0.05)
        assert counter.desk.goes_on(held)
    assert 4 <= len(asked) <= 6


def test_an_api_whose_store_has_failed_may_come_back(served, monkeypatch):
    town, _, _ = served
    desk = desk_of(served)

    def failed(*_, **__):
        raise StorageFailed("the database is starting")

    monkeypatch.setattr(type(town.store), "__call__", failed)
    with pytest.raises(StorageAway, match="is starting"):
        desk.sign_on(1, 512, 1)


def test_a_worker_is_told_which_folders_nobody_needs(served):
    town, _, _ = served
    ada, bob = town.born("ada"), town.born("bob")
    town.do(lambda fx: dying.kill_agent(fx, bob))
    asked = {ada: None, bob: "bob/window/1", "somebody-elses": ""}
    assert desk_of(served).needless(asked) == [bob]
    assert desk_of(served).needless({}) == []
    with pytest.raises(Forbidden):
        desk_of(served, "viewer").needless(asked)
    with pytest.raises(Invalid):
        desk_of(served).needless({"../etc": ""})
