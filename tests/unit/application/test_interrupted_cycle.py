"""The story of a cycle: told once, however often it is interrupted."""

import pytest
from attrs import evolve

from syntropism.adapters.inprocess.sandbox import InProcessSandbox
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.agent_sdk.syntropism_sdk import Bundle as SdkBundle
from syntropism.application.commands.leading import take_lead
from syntropism.application.cycle import LEAD_MS, AllocationCycle
from syntropism.application.desk import Desk
from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries.economy import status
from syntropism.application.row_queue import RowQueue
from syntropism.application.system_service import SystemService
from syntropism.application.worker import Worker
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.errors import Conflict
from syntropism.testing import check_laws

CYCLES = 4


class Crash(BaseException):
    """The process is gone."""


class Mortal:
    """A store whose process dies at one of its commits, just before it or just after."""

    def __init__(self, store, at, *, after):
        self._store, self._left, self._after = store, at, after

    def __call__(self, *, read_only=False):
        uow = self._store(read_only=read_only)
        commit = uow.commit

        def dying():
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Crash
            commit()
            if self._left == 0:
                raise Crash

        uow.commit = dying
        return uow


class Reader:
    """A human who likes everything."""

    name = "reader"

    def consider(self, prompts):
        return [(prompt.id, Scores(5, 5, 5)) for prompt in prompts]


def live(me):
    if me.attention:
        me.ask("look")
    if float(me.balance) >= 100:
        me.bid(SdkBundle(0.5, 64, 10, attention_share=1), 50)


class Process:
    """One life of an orchestrator with its worker, on a store that survives it."""

    def __init__(self, town, store, human=None):
        self.store = store
        workspaces = MemoryWorkspaces()
        worker = Worker(
            desk=Desk(
                worker_id="w",
                store=store,
                rules=town.rules,
                tokens=EdDsaTokens(new_key()),
                queue=RowQueue(store),
            ),
            sandbox=InProcessSandbox(
                SystemService(store, town.rules), workspaces, lambda _agent, _files: live
            ),
            workspaces=workspaces,
            service_address=("127.0.0.1", 1),
        )
        self.cycle = AllocationCycle(
            store=store,
            rules=town.rules,
            clock=town.clock,
            workspaces=workspaces,
            execute=worker.run_queued,
            human=human or Reader(),
        )

    def run(self, until):
        """Recovers what an earlier life has lost, then runs to the end of a cycle."""
        with self.store() as uow:
            lead = take_lead(uow, "orchestrator", LEAD_MS, vacant=True)
            uow.commit()
        self.cycle.recover(lead, everything=True)
        while self.cycle.run(lead).number < until:
            pass


def populated(town):
    for name in ("ada", "bob", "cyd"):
        town.born(name)
    return town


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("at", range(1, 60, 4))
def test_a_cycle_survives_a_crash_at_any_commit(town, at, after):
    populated(town)
    with pytest.raises(Crash):
        Process(town, Mortal(town.store, at, after=after)).run(CYCLES)
    Process(town, town.store).run(CYCLES)
    with town.store(read_only=True) as uow:
        check_laws(uow, town.rules.parameters)
        assert {one.step.value for one in uow.cycles.page(100)} == {"closed"}
        assert status(uow).windows == 0, "no window is left behind"
        assert uow.prompts.responses(), "humans were asked"


def test_a_prompt_that_ends_while_the_human_reads_is_passed_over(town):
    """A person takes minutes; meanwhile somebody skips the prompt through another door."""

    class Slow(Reader):
        def consider(self, prompts):
            scored = super().consider(prompts)
            if prompts:
                town.operators.skip_prompt(LOCAL, prompts[0].id)
            return scored

    populated(town)
    process = Process(town, town.store, Slow())
    process.run(1)
    with town.store(read_only=True) as uow:
        ends = sorted(one.status.value for one in uow.prompts.page(10))
    assert ends == ["scored", "skipped"]
    town.ask(lambda uow: check_laws(uow, town.rules.parameters))


def test_whoever_was_replaced_stops_in_the_middle_of_the_story(town):
    populated(town)
    process = Process(town, town.store)
    with town.store() as uow:
        lead = take_lead(uow, "first", LEAD_MS)
        uow.commit()

    def usurped():
        with town.store() as uow:
            take_lead(uow, "second", LEAD_MS, vacant=True)
            uow.commit()
        return 0

    with pytest.raises(Conflict):
        evolve(process.cycle, execute=usurped).run(lead)
    with town.store(read_only=True) as uow:
        assert uow.cycles.latest().step.value == "settled"
