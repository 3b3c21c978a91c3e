"""What workers have declared, and which windows they have."""

from datetime import timedelta

import pytest
from attrs import evolve

from syntropism.domain.errors import Invalid
from syntropism.domain.execution.executions import Usage
from syntropism.domain.execution.workers import DeclaredWorker, require_worker_id


def declared(now, name="ada", seconds=10, **facts):
    return DeclaredWorker(
        id=name,
        cpu_milli=facts.pop("cpu_milli", 2_000),
        memory_milli_mb=512_000,
        slots=2,
        heartbeat_at=now,
        expires_at=now + timedelta(seconds=seconds),
        **facts,
    )


def test_a_worker_is_kept_as_it_last_declared_itself(town, uow):
    now = town.clock.now()
    assert uow.workers.get("ada") is None
    for kept in (declared(now), declared(now, seconds=20, cpu_milli=500, draining=True)):
        uow.workers.save(kept)
        assert uow.workers.get("ada") == kept
        assert uow.workers.everyone() == [kept]


def test_live_are_those_that_were_seen_and_do_not_drain_in_order_of_id(town, uow):
    now = town.clock.now()
    bob, cyd = declared(now, "bob"), declared(now, "cyd")
    for one in (cyd, bob, declared(now, "ada", draining=True), declared(now, "dan", seconds=0)):
        uow.workers.save(one)
    assert uow.workers.live(now) == [bob, cyd]
    assert uow.workers.live(now + timedelta(seconds=11)) == []
    uow.workers.save(bob.seen(now + timedelta(seconds=11), 5_000))
    assert [one.id for one in uow.workers.live(now + timedelta(seconds=11))] == ["bob"]
    uow.workers.save(bob.gone(now))
    assert [one.id for one in uow.workers.live(now)] == ["cyd"]


def test_what_a_worker_has_is_what_it_leased_and_is_running(town, uow):
    now = town.clock.now()
    windows = [town.execution(uow, town.agent(uow, f"agent-{n}", 100)) for n in range(4)]
    until = now + timedelta(seconds=9)
    mine = [one.leased("ada", until) for one in windows[:2]]
    mine[1] = mine[1].running(now, until)
    other = windows[2].leased("bob", until)
    for one in (*mine, other):
        uow.executions.save(one)
    assert uow.executions.under_way_of("ada") == mine
    assert uow.executions.under_way_of("nobody") == []
    ended = mine[1].ended(mine[1].status.COMPLETED, now=now, cycle=1, usage=Usage())
    for one in (mine[0].requeued(now), ended):
        uow.executions.save(one)
    assert uow.executions.under_way_of("ada") == []


def test_candidates_are_those_offered_to_a_worker_or_to_nobody_or_that_have_waited(town, uow):
    windows = [town.execution(uow, town.agent(uow, f"agent-{n}", 100)) for n in range(3)]
    for window, name in zip(windows, ("ada", "bob", None), strict=True):
        uow.executions.save(evolve(window, offered_to=name))
    queued = windows[0].queued_at
    before = queued - timedelta(seconds=1)

    def found(*arguments):
        return [one.id for one in uow.executions.lease_candidates(9, *arguments)]

    ids = [one.id for one in windows]
    assert found("ada", before) == [ids[0], ids[2]]
    assert found("bob", before) == ids[1:]
    assert found("cyd", before) == [ids[2]]
    assert found("cyd", queued) == found() == ids
    assert uow.executions.get(ids[0]).offered_to == "ada"


def test_of_some_executions_those_that_are_queued(town, uow):
    windows = [town.execution(uow, town.agent(uow, f"agent-{n}", 100)) for n in range(3)]
    uow.executions.save(windows[1].leased("ada", town.later()))
    ids = [one.id for one in windows]
    assert uow.executions.queued_among([*reversed(ids), "unknown"]) == [windows[0], windows[2]]
    assert uow.executions.queued_among(ids[:2]) == windows[:1]
    assert uow.executions.queued_among([]) == []


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "ä", "a/b", "..", "-"])
def test_names_of_workers_are_plain(name):
    with pytest.raises(Invalid):
        require_worker_id(name)


def test_ordinary_names_are_names():
    assert require_worker_id("host-1.example_2") == "host-1.example_2"


@pytest.mark.parametrize("field", ["cpu_milli", "memory_milli_mb", "slots"])
def test_a_worker_has_something_to_offer(town, field):
    with pytest.raises(Invalid):
        evolve(declared(town.clock.now()), **{field: 0})
