"""Whatever an orchestrator writes is fenced: who was replaced writes nothing more."""

import pytest
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.snapshots import MemorySnapshots
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.commands.leading import take_lead
from syntropism.application.cycle import AllocationCycle
from syntropism.application.ports.human import PromptOnView
from syntropism.application.snapshot_garbage import SnapshotGarbage
from syntropism.application.tidying import Tidying
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.identifiers import AgentId


@pytest.fixture
def town():
    clock = SimulatedClock()
    return founded(MemoryStore(clock), clock)


def led(town):
    """The lead of one who was replaced, and that of who leads now."""
    first = town.do(lambda fx: take_lead(fx.uow, "first", 1_000))
    town.clock.sleep(2)
    return first, town.do(lambda fx: take_lead(fx.uow, "second", 1_000))


def test_garbage_is_collected_by_who_leads(town):
    agent = AgentId(town.born("ada"))

    def versions(fx):
        for number in (2, 3):
            fx.uow.workspace_versions.add(
                WorkspaceVersion(
                    agent_id=agent, version=number, snapshot=f"{number}", created_at=fx.now
                )
            )

    town.do(versions)
    garbage = SnapshotGarbage(town.store, MemorySnapshots())
    replaced, leading = led(town)
    with pytest.raises(Conflict, match="no longer leads"):
        Tidying((garbage.collect,)).now_and_then(replaced)
    assert len(town.ask(lambda uow: uow.workspace_versions.everything())) == 2
    garbage.collect(leading)
    assert len(town.ask(lambda uow: uow.workspace_versions.everything())) == 1


class Generous:
    """Gives full marks."""

    name = "generous"

    def consider(self, prompts: list[PromptOnView]):
        return [(one.id, Scores(10, 10, 10)) for one in prompts]


def test_scores_are_taken_in_by_who_leads(town):
    town.born("ada")
    town.clear()
    (identity,) = town.lives()
    town.service.submit_prompt(identity, "look", 0, None)
    cycle = AllocationCycle(
        store=town.store,
        rules=town.rules,
        clock=town.clock,
        workspaces=MemoryWorkspaces(),
        execute=lambda: 0,
        human=Generous(),
    )
    replaced, leading = led(town)
    with pytest.raises(Conflict, match="no longer leads"):
        cycle.attend(replaced)
    assert len(town.ask(lambda uow: uow.prompts.queued())) == 1
    assert cycle.attend(leading) == 1
    assert town.ask(lambda uow: uow.prompts.queued()) == []
