"""The cycle beside others: operators, other processes, and the end of the process itself."""

from pathlib import Path
from threading import Event

from dependency_injector import providers

from syntropism import Bundle, Economy
from syntropism.application.operators.identity import LOCAL
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import clear_round
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring
from syntropism.testing.faults import Faults, faulty_workspaces

STAGE = Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=10, attention_share=1)


def asking(me):
    if me.attention:
        me.ask("What is worth an hour of your time?")


def economy_with(human=None, **wiring):
    behaviours = Behaviours()
    container = Container(wiring=Wiring(seed=1, behaviours=behaviours, **wiring))
    if human is not None:
        container.human.override(providers.Object(human))
    return Economy(container, behaviours, genesis=False), container


class Person:
    """Reads with ``reading`` and gives full marks."""

    name = "person"

    def __init__(self, reading):
        self.reading = reading

    def consider(self, prompts):
        self.reading(prompts)
        return [(prompt.id, Scores(10, 10, 10)) for prompt in prompts]


def test_a_prompt_that_ends_while_a_human_reads_it_is_passed_over():
    def reading(prompts):
        for prompt in prompts:
            container.operators().skip_prompt(LOCAL, prompt.id)

    economy, container = economy_with(Person(reading))
    ada = economy.create_agent("ada", 500, first_bid=(STAGE, 100), behaviour=asking)
    economy.step()
    assert economy.rewards() == []
    assert ada.status == "dormant"
    assert economy.audit().ok


def test_the_workspace_of_an_agent_that_an_operator_ends_is_archived_by_the_next_cycle(tmp_path):
    folder = tmp_path / "town"
    economy, _ = economy_with(folder=folder, database=f"sqlite:///{tmp_path / 'town.db'}")
    with economy:
        ada = economy.create_agent("ada", 500, behaviour=lambda me: me.save_state({"n": 1}))
        economy.step()
        assert workspaces(folder) == [f"agent-{ada.id}"]
        economy.kill(ada.id)
        economy.step()
        assert workspaces(folder) == ["archive"]
        assert (folder / "workspaces" / "archive" / f"agent-{ada.id}.tar.gz").is_file()


def workspaces(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "workspaces").iterdir())


def test_an_idle_clock_stops_waiting_for_a_human_once_the_process_is_to_end():
    stop = Event()
    slept = []

    class Idle(Person):
        def consider(self, prompts):
            self.reading(prompts)
            return []

    economy, container = economy_with(
        Idle(lambda _prompts: None),
        parameters=EconomicParameters(wait_for_human_cycles=3),
        stopping=stop.is_set,
    )
    economy.create_agent("ada", 500, first_bid=(STAGE, 100), behaviour=asking)
    economy.step()
    assert len(economy.prompts()) == 1

    def sleep(seconds):
        slept.append(seconds)
        stop.set()

    container.clock().sleep = sleep
    economy._cycle.execute_windows()
    assert sum(slept) < 10


def test_a_winner_that_died_before_it_was_charged_is_not_in_the_certificate(monkeypatch):
    economy, container = economy_with()
    bundle = STAGE.without_attention()
    for name, amount in (("ada", 60), ("bob", 50)):
        economy.create_agent(name, 500, first_bid=(bundle, amount))

    def solve(engine, *round_):
        economy.kill("ada")
        return clear_round(*round_, engine.solve)

    monkeypatch.setattr(ReferenceEngine, "clear_round", solve)
    economy.step()
    with container.store()(read_only=True) as uow:
        found = uow.cycles.latest().certificate
    assert (found.bids, found.wins) == (1, 1)
    assert found.welfare == 50 * MICRO <= found.upper_bound
    assert found.gap == 1 - found.welfare / found.upper_bound
    assert found.used == bundle.rates
    assert economy.audit().ok


def live_economy():
    economy, container = economy_with(live=True)
    economy.create_agent("ada", 500, first_bid=(STAGE, 100), behaviour=asking)
    economy.step()
    assert len(economy.prompts()) == 1
    return economy, container.clock()


def test_an_idle_clock_waits_for_the_person_before_it_but_not_forever():
    economy, clock = live_economy()
    before = clock.now()
    economy.step()
    parameters = economy.parameters
    waited = parameters.wait_for_human_cycles * parameters.cycle_ms / 1000
    assert (clock.now() - before).total_seconds() == waited + parameters.cycle_ms / 1000


def test_an_idle_clock_goes_on_as_soon_as_the_person_has_answered():
    economy, clock = live_economy()
    slept, sleep = [], clock.sleep

    def answer(seconds):
        sleep(seconds)
        slept.append(seconds)
        if len(slept) == 3:
            economy.score(economy.prompts()[0]["id"], 5, 5, 5)

    clock.sleep = answer
    economy._cycle.execute_windows()
    assert len(slept) == 3


def test_a_host_without_room_for_an_archive_does_not_stop_the_market(caplog):
    container = Container(wiring=Wiring(seed=1))
    faults = Faults(at={"Workspaces.archive raises ProviderFailed before": [1]})
    workspaces = container.workspaces()
    container.workspaces.override(providers.Object(faulty_workspaces(workspaces, faults)))
    economy = Economy(container, Behaviours(), genesis=False)
    ada = economy.create_agent("ada", 500)
    economy.step()
    container.operators().kill_agent(LOCAL, ada.id)
    economy.step()
    assert faults.injected
    assert "a workspace was not archived" in caplog.text
    economy.step()  # whoever died in the cycle before is looked after once more
    assert workspaces.listing(ada.id).archived
    assert economy.audit().ok
