"""The archives of the dead are kept for their time, and no longer."""

from datetime import timedelta

import pytest

from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.commands import dying
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.remains import ArchiveExpiry
from syntropism.application.tidying import Tidying
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus

HOUR = timedelta(hours=1)


@pytest.fixture
def workspaces():
    return MemoryWorkspaces()


def dead(town, workspaces, name="ada"):
    """An agent that has died, and whose workspace was packed away."""
    agent = town.born(name)
    workspaces.checkout(agent, {"main.py": b""})
    town.do(lambda fx: dying.kill_agent(fx, agent))
    workspaces.archive(agent)
    return agent


def test_an_archive_is_removed_when_its_time_is_over(town, workspaces):
    ada = dead(town, workspaces)
    expiry = ArchiveExpiry(town.store, workspaces, HOUR)
    town.clock.sleep(3_600)
    assert expiry.collect() == 0
    bob = dead(town, workspaces, "bob")
    town.clock.sleep(1)
    assert expiry.collect() == 1
    assert workspaces.archived() == (bob,)
    assert ada not in workspaces.archived()
    assert expiry.collect() == 0


def test_archives_of_whom_nobody_knows_are_left_alone(town, workspaces):
    workspaces.checkout("stranger", {})
    workspaces.archive("stranger")
    town.clock.sleep(10**9)
    assert ArchiveExpiry(town.store, workspaces, timedelta()).collect() == 0
    assert workspaces.archived() == ("stranger",)


def test_an_open_dead_letter_keeps_the_archive_it_speaks_of(town, workspaces):
    ada = dead(town, workspaces)
    town.clock.sleep(3_600)
    letter = DeadLetter(
        id="letter",
        execution_id="window",
        agent_id=ada,
        reason="it broke",
        ours=False,
        env={},
        workspace_version=1,
        created_at=town.clock.now(),
    )
    town.do(lambda fx: fx.uow.dead_letters.add(letter))
    expiry = ArchiveExpiry(town.store, workspaces, timedelta())
    assert expiry.collect() == 0
    town.do(lambda fx: fx.uow.dead_letters.save(letter.closed(DeadLetterStatus.DISCARDED)))
    assert expiry.collect() == 1


def test_chores_are_done_now_and_then_and_one_that_fails_stops_no_other():
    now, done = [0.0], []

    def refuses(_lead) -> int:
        done.append("refused")
        raise ProviderFailed("the disk is gone")

    def works(_lead) -> int:
        done.append("worked")
        return 3

    tidying = Tidying((refuses, works), 60, lambda: now[0])
    assert tidying.now_and_then() == 3
    now[0] = 59.9
    assert tidying.now_and_then() == 0
    now[0] = 60.0
    assert tidying.now_and_then() == 3
    assert done == ["refused", "worked"] * 2
