"""The windows: one that is not final per agent, and one per won bid."""

import pytest

from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import ExecutionStatus, Usage


def test_an_execution_is_kept_through_its_whole_life(town, uow):
    ada = town.agent(uow, credits=100)
    window = town.execution(uow, ada)
    assert uow.executions.get(window.id) == window
    for step in (
        lambda one: one.leased("worker-1", town.later(30)),
        lambda one: one.running(town.later(1), town.later(40)),
        lambda one: one.acting().prompted(),
        lambda one: one.ended(
            ExecutionStatus.COMPLETED,
            now=town.later(9),
            cycle=6,
            exit_code=0,
            usage=Usage(
                cpu_ms=1, memory_peak_bytes=2, wall_ms=3, workspace_bytes=4, workspace_files=5
            ),
            detail="fine",
            refunded=True,
        ),
    ):
        window = step(window)
        uow.executions.save(window)
        assert uow.executions.get(window.id) == window
    assert uow.executions.get("nothing") is None


def test_several_are_saved_at_once_each_as_it_is(town, uow):
    windows = [town.execution(uow, town.agent(uow, name, 100)) for name in "abc"]
    changed = [windows[0].leased("one", town.later(5)), windows[2].leased("two", town.later(6))]
    uow.executions.save_all(changed)
    assert uow.executions.unfinished() == [changed[0], windows[1], changed[1]]


def test_a_second_window_that_is_not_final_is_refused(town, uow):
    ada = town.agent(uow, credits=100)
    town.execution(uow, ada)
    with pytest.raises(Conflict), uow.savepoint():
        town.execution(uow, ada)
    assert len(uow.executions.unfinished()) == 1


def test_when_the_window_is_final_another_may_be_queued(town, uow):
    ada = town.agent(uow, credits=100)
    first = town.execution(uow, ada)
    uow.executions.save(first.ended(ExecutionStatus.KILLED, now=town.later(), cycle=4))
    second = town.execution(uow, ada)
    assert uow.executions.unfinished_of(ada.id) == second


def test_unfinished_are_the_queued_leased_and_running_oldest_first(town, uow):
    windows = [town.execution(uow, town.agent(uow, name, 100)) for name in "abcd"]
    leased = windows[1].leased("w", town.later())
    running = windows[2].leased("w", town.later()).running(town.later(), town.later(9))
    final = windows[0].ended(ExecutionStatus.DEAD_LETTERED, now=town.later(), cycle=4)
    for changed in (leased, running, final):
        uow.executions.save(changed)
    assert uow.executions.unfinished() == [leased, running, windows[3]]
    assert uow.executions.unfinished_of(final.agent_id) is None
    assert uow.executions.unfinished_of(leased.agent_id) == leased


def test_only_queued_windows_can_be_leased_oldest_first(town, uow):
    windows = [town.execution(uow, town.agent(uow, name, 100)) for name in "abcd"]
    uow.executions.save(windows[0].leased("w", town.later()))
    assert uow.executions.lease_candidates(2) == windows[1:3]
    assert uow.executions.lease_candidates(9) == windows[1:]
    requeued = windows[0].leased("w", town.later()).requeued(town.later())
    uow.executions.save(requeued)
    assert uow.executions.lease_candidates(1) == [requeued]


def test_pages_are_newest_first_by_agent_and_status(town, uow):
    ada = town.agent(uow, credits=100)
    first = town.execution(uow, ada)
    killed = first.ended(ExecutionStatus.KILLED, now=town.later(), cycle=4)
    uow.executions.save(killed)
    second = town.execution(uow, ada)
    third = town.execution(uow, town.agent(uow, "bob", 100))
    assert uow.executions.page(2) == [third, second]
    assert uow.executions.page(9, before=second.id) == [killed]
    assert uow.executions.page(9, agent_id=ada.id) == [second, killed]
    assert uow.executions.page(9, status=ExecutionStatus.KILLED) == [killed]


def test_the_log_is_that_of_the_latest_attempt(town, uow):
    window = town.execution(uow, town.agent(uow, credits=100))
    assert uow.executions.log(window.id) == ""
    uow.executions.save_log(window.id, 1, "first\n\x1b[31mline ☃")
    assert uow.executions.log(window.id) == "first\n\x1b[31mline ☃"
    uow.executions.save_log(window.id, 2, "second")
    uow.executions.save_log(window.id, 2, "second, again")
    assert uow.executions.log(window.id) == "second, again"
