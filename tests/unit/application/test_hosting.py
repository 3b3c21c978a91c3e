"""Which folders on a host nobody will ask for again."""

import pytest

from syntropism.application.commands import dying, windows
from syntropism.application.queries.hosting import needless
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.execution.snapshots import WorkspaceVersion, snapshot_name

OLD, HEAD = "ada/before/1", "ada/now/1"
STANDINGS = (None, "", OLD, HEAD, "what nobody here would write")


@pytest.fixture
def ada(town):
    """An agent with a version that is current, and no window."""
    agent = town.born("ada")
    keep(town, agent, 3, HEAD)
    return agent


def keep(town, agent, version, snapshot):
    def add(fx):
        fx.uow.workspace_versions.add(
            WorkspaceVersion(agent_id=agent, version=version, snapshot=snapshot, created_at=fx.now)
        )

    town.do(add)


def swept(town, agent) -> list[str | None]:
    return [one for one in STANDINGS if town.ask(lambda uow, one=one: needless(uow, {agent: one}))]


def test_all_but_the_current_version_is_needless(town, ada):
    assert swept(town, ada) == [None, "", OLD, "what nobody here would write"]


def test_a_workspace_that_never_travelled_is_the_only_one_there_is(town):
    bob = town.born("bob")
    assert swept(town, bob) == ["", OLD, HEAD, "what nobody here would write"]
    town.do(lambda fx: dying.kill_agent(fx, bob))
    assert None not in swept(town, bob)


def test_nothing_of_the_dead_is_needed(town, ada):
    town.do(lambda fx: dying.kill_agent(fx, ada))
    assert swept(town, ada) == list(STANDINGS)


def test_of_strangers_nothing_is_known(town):
    assert swept(town, "stranger") == []


def test_what_a_window_that_is_under_way_may_need_stays(town, ada):
    town.clear()
    assert swept(town, ada) == [None, "", OLD, "what nobody here would write"], "queued"
    (leased,) = town.lease()
    uploaded = snapshot_name(ada, leased.id, leased.attempt)
    stale = snapshot_name(ada, leased.id, leased.attempt + 1)
    assert swept(town, ada) == [OLD, "what nobody here would write"]
    asked = {ada: uploaded}
    assert town.ask(lambda uow: needless(uow, asked)) == []
    assert town.ask(lambda uow: needless(uow, {ada: stale})) == [ada]
    town.do(lambda fx: windows.start_window(fx, leased.id, leased.attempt, 1_000))
    assert town.ask(lambda uow: needless(uow, asked)) == []
    assert town.window(leased.id).status is ExecutionStatus.RUNNING


def test_several_are_judged_at_once(town, ada):
    bob = town.born("bob")
    keep(town, bob, 2, "bob/now/1")
    standings = {bob: "bob/now/1", ada: OLD, "stranger": ""}
    assert town.ask(lambda uow: needless(uow, standings)) == [ada]
