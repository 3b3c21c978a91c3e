"""A small economy that lived, with what was seen of it while it did."""

import pytest
from attrs import define, field

from syntropism import strategies
from syntropism.adapters.human.scripted import ScriptedHuman
from syntropism.adapters.inprocess.sandbox import InProcessSandbox
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands.dying import kill_agent
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.leading import take_lead
from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.cycle import AllocationCycle
from syntropism.application.desk import Desk
from syntropism.application.effects import Effects
from syntropism.application.row_queue import RowQueue
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.application.worker import Worker
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.accounts import hold_account
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.population.agents import AgentStatus

CYCLES = 30
FAMILIES = ("parent", "broker", "overspender", "freeloader", "survivor", "poet")


@define
class Seen:
    """How things stood at the end of a cycle, read from the store itself."""

    minted: int
    burned: int
    living: set[str]
    dormant: int
    wealth: dict[str, tuple[int, int]]


@define
class Lived:
    """The economy and its parameters, with what was seen at the end of each cycle."""

    store: MemoryStore
    rules: Rules
    seen: list[Seen] = field(factory=list)


@pytest.fixture(scope="session")
def lived() -> Lived:
    parameters = EconomicParameters(dormancy_cycles_max=4)
    clock = SimulatedClock()
    store = MemoryStore(clock)
    rules = Rules(parameters, SeededIds(11, clock))
    behaviours = {name: strategies.behaviour(name) for name in strategies.names()}
    workspaces = MemoryWorkspaces()

    def behaviour_of(agent_id: str, _files: object):
        agent = store.agents.get(agent_id)
        assert agent is not None
        return behaviours[agent.strategy]

    worker = Worker(
        desk=Desk(
            worker_id="worker",
            store=store,
            rules=rules,
            tokens=EdDsaTokens(new_key()),
            queue=RowQueue(store),
        ),
        sandbox=InProcessSandbox(SystemService(store, rules), workspaces, behaviour_of),
        workspaces=workspaces,
        service_address=("127.0.0.1", 1),
    )
    cycle = AllocationCycle(
        store=store,
        rules=rules,
        clock=clock,
        workspaces=workspaces,
        execute=worker.run_queued,
        human=ScriptedHuman("sensitive", 11),
    )
    with store() as uow:
        lead = take_lead(uow, "test", 30_000)
        fx = Effects(uow, rules, "test")
        files = strategies.files("genesis")
        found_economy(fx, BirthRequest("genesis", 1_000 * MICRO, files, "genesis"))
        for name in FAMILIES:
            create_agent(fx, BirthRequest(name, 150 * MICRO, strategies.files(name), name))
        uow.commit()
    world = Lived(store, rules)
    for number in range(1, CYCLES + 1):
        cycle.run(lead)
        clock.sleep(1)
        if number == 12:
            _interfere(world)
        world.seen.append(_look(world))
        clock.sleep(9)
    return world


def _interfere(world: Lived) -> None:
    """Between two cycles an operator kills one agent and makes another."""
    with world.store() as uow:
        fx = Effects(uow, world.rules, "test")
        kill_agent(fx, uow.agents.living()[-1].id)
        files = strategies.files("poet")
        create_agent(fx, BirthRequest("late", 60 * MICRO, files, "poet"), bids=False)
        uow.commit()


def _look(world: Lived) -> Seen:
    with world.store(read_only=True) as uow:
        living = uow.agents.living()
        balances = uow.ledger.all_balances()
        held: dict[str, int] = {}
        for hold in uow.holds.all_open():
            held[hold.payer] = held.get(hold.payer, 0) + balances[hold_account(hold.id)]
        minted, burned = uow.ledger.totals()
        return Seen(
            minted,
            burned,
            {agent.id for agent in living},
            sum(agent.status is AgentStatus.DORMANT for agent in living),
            {agent.id: (balances[agent.id], held.get(agent.id, 0)) for agent in living},
        )
