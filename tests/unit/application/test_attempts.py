"""The life of a window: charged once, tried again only when that is safe, ended once (law 6)."""

import pytest

from syntropism.application.commands import windows
from syntropism.application.commands.dying import kill_agent
from syntropism.application.operators.identity import LOCAL
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.accounts import TREASURY
from syntropism.domain.errors import Conflict, Unauthenticated
from syntropism.domain.execution.executions import ExecutionStatus as S
from syntropism.domain.execution.executions import Usage
from syntropism.testing import check_laws


def end(town, window, attempt, status=S.COMPLETED):
    return town.do(
        lambda fx: windows.end_window(
            fx, window, attempt, status, Usage(), exit_code=1, detail="", log="text", env={}
        )
    )


def lose(town, window, attempt):
    return town.do(lambda fx: windows.lose_window(fx, window, attempt, "the disk is full", {}))


@pytest.fixture
def living(town):
    """Ada, in her window."""
    town.born("ada")
    town.clear()
    return town.lives()[0]


@pytest.fixture(autouse=True)
def laws(town):
    yield
    town.ask(lambda uow: check_laws(uow, town.rules.parameters))


def test_an_outcome_is_final(town, living):
    assert end(town, living.execution_id, 1).status is S.COMPLETED
    for again in (S.COMPLETED, S.FAILED):
        assert end(town, living.execution_id, 1, again) is None
    assert lose(town, living.execution_id, 1) is None
    assert town.window(living.execution_id).status is S.COMPLETED


def test_a_window_that_was_taken_back_does_not_hear_its_old_worker(town, living):
    """Found by the machine: a late report ended, or refunded, what was waiting to be lived."""
    lose(town, living.execution_id, 1)
    for status in (S.COMPLETED, S.KILLED):
        assert end(town, living.execution_id, 1, status) is None
    assert lose(town, living.execution_id, 1) is None
    assert town.window(living.execution_id).status is S.QUEUED
    with pytest.raises(Conflict):
        town.do(lambda fx: windows.start_window(fx, living.execution_id, 1, 0))
    with pytest.raises(Unauthenticated):
        town.service.balance(living)
    assert [one.attempt for one in town.lives()] == [2]


def test_attempts_are_not_charged(town, living):
    before = town.balance(living.agent_id)
    lose(town, living.execution_id, 1)
    town.lives()
    assert town.balance(living.agent_id) == before


def test_after_the_last_attempt_it_is_refunded_and_bid_for_again(town, living):
    lose(town, living.execution_id, 1)
    town.lives()
    ended = lose(town, living.execution_id, 2)
    assert (ended.status, ended.refunded) == (S.DEAD_LETTERED, True)
    standing = town.ask(lambda uow: uow.bids.open_for(living.agent_id))
    assert standing.main.amount == 60 * MICRO
    assert town.balance(living.agent_id) == 340 * MICRO, "all but what the new bid holds"
    (letter,) = town.ask(lambda uow: uow.dead_letters.page(10))
    assert letter.ours and letter.reason == "the disk is full"


def test_what_has_acted_is_not_tried_again(town, living):
    other = town.born("bob", bundle=None)
    town.service.send_message(living, other, "hello", None)
    assert lose(town, living.execution_id, 1).status is S.DEAD_LETTERED


def test_an_agents_failure_is_kept_but_not_refunded(town, living):
    before = town.balance(living.agent_id)
    assert not end(town, living.execution_id, 1, S.FAILED).refunded
    (letter,) = town.ask(lambda uow: uow.dead_letters.page(10))
    assert not letter.ours
    assert town.balance(living.agent_id) == before


@pytest.mark.parametrize("status", [S.TIMED_OUT, S.OOM_KILLED, S.CPU_EXHAUSTED])
def test_exhaustion_is_an_outcome_and_not_a_dead_letter(town, living, status):
    assert end(town, living.execution_id, 1, status).status is status
    assert town.ask(lambda uow: uow.dead_letters.page(10)) == []


def test_windows_are_lost_with_their_lease_and_not_before(town, living):
    recover = windows.recover_windows
    town.clock.sleep(39)
    assert town.do(recover) == []
    town.clock.sleep(2)
    assert [one.status for one in town.do(recover)] == [S.QUEUED]


def test_what_nobody_starts_is_a_fault_of_ours(town):
    agent = town.born("ada")
    town.clear()
    town.clock.sleep(town.rules.parameters.start_timeout_ms / 1000)
    assert town.do(windows.recover_windows) == []
    town.clock.sleep(1)
    (ended,) = town.do(windows.recover_windows)
    assert (ended.status, ended.refunded, ended.agent_id) == (S.DEAD_LETTERED, True, agent)


def test_the_death_of_an_agent_refunds_its_living_sponsor_only_if_nothing_has_begun(town):
    for leased in (False, True):
        agent = town.born(f"ada {leased}", bundle=None)
        before = town.balance(TREASURY)
        town.operators.sponsor_agent(LOCAL, agent, None)
        held = before - town.balance(TREASURY)
        town.clear()
        paid = before - town.balance(TREASURY)
        assert 0 < paid <= held
        if leased:
            town.lease()
        town.do(lambda fx, agent=agent: kill_agent(fx, agent))
        assert before - town.balance(TREASURY) == (paid if leased else 0)
        town.close()
