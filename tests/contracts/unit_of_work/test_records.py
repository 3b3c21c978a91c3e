"""Events, remembered answers, leases, dead letters, workspaces and operators."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from attrs import evolve

from syntropism.application.ports.repositories.answers import Answer
from syntropism.application.ports.repositories.leases import Lease
from syntropism.application.ports.repositories.operators import Operator
from syntropism.domain.errors import Conflict
from syntropism.domain.events import Event, EventBatch
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus
from syntropism.domain.execution.snapshots import WorkspaceVersion


def happened(town, kind: str = "market.bid.placed") -> Event:
    return Event(
        town.id(), kind, town.later(), {"amount_micro": 2**53, "of": ["☃", None]}, "c", "d", "e"
    )


def test_events_are_numbered_in_the_order_they_were_appended(town, uow):
    assert uow.events.last_sequence() == 0
    told = [happened(town) for _ in range(5)]
    uow.events.append(told[:2])
    uow.events.append([])
    uow.events.append(told[2:])
    last = uow.events.last_sequence()
    assert uow.events.since(0, 99) == [
        evolve(event, sequence=last - 4 + n) for n, event in enumerate(told)
    ]
    assert [event.sequence for event in uow.events.since(last - 2, 1)] == [last - 1]
    assert uow.events.since(last, 9) == []
    of_one = [one for one in uow.events.since(0, 99) if one.type == uow.events.since(0, 1)[0].type]
    assert uow.events.since(0, 99, [of_one[0].type]) == of_one
    assert uow.events.since(0, 1, [of_one[0].type, "nothing"]) == of_one[:1]
    assert uow.events.since(0, 9, ["nothing"]) == []


def test_a_batch_of_events_is_kept_as_the_events_it_stands_for(town, uow):
    columns = {
        "bid_id": ["b", 'quoted " back\\slash %s', "☃\n"],
        "amount_micro": [2**70, None, -3],
        "100%": [True, [1, None], {"of": 1.5}],
        "flags": [True, False, True],
    }
    batch = EventBatch(
        [town.id() for _ in range(3)],
        "market.bid.outbid",
        town.later(),
        {"%d": "%s"},
        columns,
        correlation_id="c",
        user_id="u",
    )
    caused = evolve(batch, ids=[town.id() for _ in range(3)], causation_ids=batch.ids)
    uow.events.append([happened(town)])
    uow.events.append(batch)
    uow.events.append(batch[:0])
    first, *kept = uow.events.since(0, 99)
    assert kept == [evolve(one, sequence=first.sequence + n) for n, one in enumerate(batch, 1)]
    assert [one.data for one in kept] == [
        {"%d": "%s", **dict(zip(columns, cells, strict=True))}
        for cells in zip(*columns.values(), strict=True)
    ]
    assert [list(one.data) for one in kept] == [["%d", *columns]] * 3
    uow.events.append(caused)
    assert [one.causation_id for one in uow.events.since(first.sequence + 3, 9)] == batch.ids
    assert next(iter(caused[1:])) == caused[1]
    assert caused[1].causation_id == batch.ids[1]
    assert (kept[1].type, kept[1].correlation_id, kept[1].user_id) == (batch.type, "c", "u")


def test_events_that_were_rolled_back_leave_no_gap(town):
    with town.store() as uow:
        uow.events.append([happened(town)])
    with town.store() as uow:
        uow.events.append([happened(town)])
        uow.commit()
        assert uow.events.last_sequence() == 1


def test_an_answer_is_remembered_by_its_scope(uow):
    answer = Answer("0" * 64, "INSUFFICIENT_CREDITS", {"message": "☃", "details": {"n": 1}})
    assert uow.answers.get("ada:transfer:k") is None
    uow.answers.add("ada:transfer:k", answer)
    assert uow.answers.get("ada:transfer:k") == answer
    assert uow.answers.get("bob:transfer:k") is None


def test_a_key_is_answered_once(uow):
    uow.answers.add("k", Answer("a", "ok", {"answer": None}))
    with pytest.raises(Conflict), uow.savepoint():
        uow.answers.add("k", Answer("b", "ok", {"answer": 1}))
    assert uow.answers.get("k") == Answer("a", "ok", {"answer": None})


def test_a_lease_is_replaced_by_name(town, uow):
    assert uow.leases.get("orchestrator") is None
    uow.leases.save(Lease("orchestrator", "first", 1, town.later(30)))
    uow.leases.save(Lease("orchestrator", "second", 2, town.later(60)))
    uow.leases.save(Lease("other", "third", 9, town.later(60)))
    assert uow.leases.get("orchestrator") == Lease("orchestrator", "second", 2, town.later(60))


def test_a_moment_keeps_its_microseconds_and_comes_back_in_utc(uow):
    local = datetime(2026, 7, 1, 14, 0, 0, 1, timezone(timedelta(hours=2)))
    uow.leases.save(Lease("l", "h", 1, local))
    kept = uow.leases.get("l").expires_at
    assert kept == datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=UTC)
    assert kept.utcoffset() is not None


def test_dead_letters_are_kept_and_closed(town, uow):
    windows = [town.execution(uow, town.agent(uow, name, 100)) for name in "abc"]
    letters = [
        DeadLetter(
            id=town.id(),
            execution_id=window.id,
            agent_id=window.agent_id,
            reason="exit code 1",
            ours=bool(n % 2),
            env={"credits": 12.5, "lineage": []},
            created_at=town.later(),
            workspace_version=n + 1,
        )
        for n, window in enumerate(windows)
    ]
    for letter in letters:
        uow.dead_letters.add(letter)
    retried = letters[1].closed(DeadLetterStatus.RETRIED, windows[2].bid_id)
    uow.dead_letters.save(retried)
    assert uow.dead_letters.get(letters[0].id) == letters[0]
    assert uow.dead_letters.get(retried.id) == retried
    assert uow.dead_letters.get("nothing") is None
    assert uow.dead_letters.page(2) == [letters[2], retried]
    assert uow.dead_letters.page(9, before=letters[2].id) == [retried, letters[0]]
    assert uow.dead_letters.page(9, status=DeadLetterStatus.OPEN) == [letters[2], letters[0]]


def test_workspace_files_keep_every_byte(town, uow):
    ada, bob = town.agent(uow), town.agent(uow, "bob")
    files = {"main.py": b"print()\n", "data/all": bytes(range(256)) * 4, "empty": b""}
    uow.workspace_files.add(ada.id, files)
    assert uow.workspace_files.get(ada.id) == files
    assert uow.workspace_files.get(bob.id) == {}
    cyd = town.agent(uow, "cyd")
    uow.workspace_files.add(cyd.id, {"run": b"\x00"})
    assert uow.workspace_files.of([cyd.id, bob.id, ada.id]) == {
        ada.id: files,
        cyd.id: {"run": b"\x00"},
    }
    assert uow.workspace_files.of([bob.id]) == uow.workspace_files.of([]) == {}


def test_the_newest_snapshot_of_each_agent_is_its_head(town, uow):
    ada, bob, cyd = (town.agent(uow, name) for name in ("ada", "bob", "cyd"))

    def version(agent, number):
        one = WorkspaceVersion(
            agent_id=agent.id,
            version=number,
            snapshot=f"{agent.id}/{number}",
            created_at=town.later(),
        )
        uow.workspace_versions.add(one)
        return one

    version(ada, 2)
    newest, only = version(ada, 3), version(bob, 2)
    heads = {ada.id: newest, bob.id: only}
    assert uow.workspace_versions.heads([cyd.id, bob.id, ada.id]) == heads
    assert uow.workspace_versions.heads([bob.id]) == {bob.id: only}
    assert uow.workspace_versions.heads([cyd.id]) == uow.workspace_versions.heads([]) == {}
    assert [uow.workspace_versions.head(one.id) for one in (ada, bob, cyd)] == [newest, only, None]


def test_operators_are_found_by_the_hash_of_their_token(town, uow):
    assert uow.operators.count() == 0
    admin = Operator(town.id(), "boss ☃", "admin", "a" * 64, town.later())
    uow.operators.add(admin)
    uow.operators.add(Operator(town.id(), "guest", "viewer", "b" * 64, town.later()))
    assert uow.operators.by_token_hash("a" * 64) == admin
    assert uow.operators.by_token_hash("c" * 64) is None
    assert uow.operators.count() == 2


def test_a_reader_of_the_history_has_a_place_of_its_own(uow):
    assert uow.positions.get("publisher") == 0
    uow.positions.save("publisher", 7)
    uow.positions.save("other", 9)
    uow.positions.save("publisher", 2**40)
    assert (uow.positions.get("publisher"), uow.positions.get("other")) == (2**40, 9)


def test_a_key_is_consumed_once_by_each_consumer(town):
    with town.store() as uow:
        assert uow.consumed.first("prices", "event-1")
        assert not uow.consumed.first("prices", "event-1")
        assert uow.consumed.first("meters", "event-1")
        uow.commit()
    with town.store() as uow:
        assert not uow.consumed.first("prices", "event-1")
        assert uow.consumed.first("prices", "event-2")  # undone
    with town.store() as uow:
        assert uow.consumed.first("prices", "event-2")


def test_old_keys_are_forgotten(town):
    with town.store() as uow:
        uow.consumed.first("prices", "old")
        uow.consumed.first("meters", "old")
        uow.commit()
    town.clock.sleep(60)
    with town.store() as uow:
        uow.consumed.first("prices", "new")
        assert uow.consumed.forget("prices", uow.now() - timedelta(seconds=30)) == 1
        assert uow.consumed.first("prices", "old")
        assert not uow.consumed.first("prices", "new")
        assert not uow.consumed.first("meters", "old")
