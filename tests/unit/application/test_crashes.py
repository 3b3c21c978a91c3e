"""Killed between any two transactions, an economy is resumed by the same start and owes nothing."""

from contextlib import contextmanager, suppress

import pytest
from attrs import evolve
from dependency_injector import providers

from syntropism import Economy
from syntropism.adapters.memory.store import MemoryStore, MemoryUnitOfWork
from syntropism.agent_sdk.syntropism_sdk import ApiError
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.resources import Bundle, Capacity
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring

SMALL = Bundle(cpu_seconds=0.5, memory_mb=64, duration_seconds=10)
STAGE = Bundle(cpu_seconds=0.5, memory_mb=64, duration_seconds=10, attention_share=1)
SCARCE = EconomicParameters(
    capacity=Capacity(0.15, 512, 0, 1), bid_expiry_cycles=2, prompt_expiry_cycles=1, max_attempts=2
)
CYCLES = 3


class Killed(BaseException):
    """What SIGKILL looks like from inside."""


class FrailStore(MemoryStore):
    """A store whose process dies at its ``left``-th commit: just before it, or just after."""

    left = 10**9
    before = False

    def __call__(self, *, read_only=False):
        return FrailUnitOfWork(self, read_only=read_only)


class FrailUnitOfWork(MemoryUnitOfWork):
    def commit(self):
        store = self._store
        store.left -= 1
        if store.left == 0 and store.before:
            raise Killed
        super().commit()
        if store.left == 0:
            raise Killed


class Machine:
    """One store and its clock, on which processes follow one another."""

    def __init__(self):
        first = Container(wiring=Wiring(seed=5))
        self.clock, self.ids = first.clock(), first.ids()
        self.store = FrailStore(self.clock)
        self.functions = {}

    @contextmanager
    def process(self, parameters=SCARCE):
        behaviours = Behaviours()
        wiring = Wiring(seed=5, parameters=parameters, persona="flat", behaviours=behaviours)
        container = Container(wiring=wiring)
        for name in ("clock", "ids", "store"):
            getattr(container, name).override(providers.Object(getattr(self, name)))
        for agent_id, function in self.functions.items():
            behaviours.register(agent_id, function)
        yield Economy(container, behaviours, genesis=False)


def wasteful(me):
    """Bids for the stage with a fallback, shows something, and sends some credits away."""
    with suppress(ApiError):
        me.bid(STAGE, 60, fallback=(SMALL, 30))
    if me.attention:
        me.ask("What is worth an hour of your time?", 2)
    others = [card["id"] for card in me.directory() if card["id"] != me.id]
    if others:
        me.transfer(others[0], 1)


def broken(_me):
    raise RuntimeError("as every time")


def populate(machine):
    with machine.process() as economy:
        for name, credits, bid in (
            ("ada", 400, (STAGE, 80)),
            ("bob", 300, (STAGE, 70)),
            ("eve", 200, (SMALL, 40)),
            ("tim", 25, (SMALL, 25)),
        ):
            agent = economy.create_agent(name, credits, first_bid=bid)
            machine.functions[agent.id] = broken if name == "eve" else wasteful


def commits_of_an_undisturbed_life():
    machine = Machine()
    populate(machine)
    start = machine.store.left
    with machine.process() as economy:
        economy.run(CYCLES)
        assert economy.audit().ok
    return start - machine.store.left


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
def test_an_economy_survives_being_killed_at_any_commit(before):
    total = commits_of_an_undisturbed_life()
    assert total > 40
    for place in range(1, total + 1):
        machine = Machine()
        populate(machine)
        machine.store.left, machine.store.before = place, before
        with pytest.raises(Killed), machine.process() as economy:
            economy.run(CYCLES)
        machine.store.left = 10**9
        with machine.process() as economy:
            while economy.status.cycle < CYCLES or not closed(machine):
                economy.step()
            report = economy.audit()
            assert report.ok, (place, report)
            assert settled(machine), place


def closed(machine):
    with machine.store(read_only=True) as uow:
        return uow.cycles.latest().closed


def settled(machine):
    """Nothing is left half done once the last cycle is closed."""
    with machine.store(read_only=True) as uow:
        return not uow.executions.unfinished() and all(
            bid.frozen_cycle is None for bid in uow.bids.all_open()
        )


def test_a_second_attempt_does_not_meet_the_refusals_of_the_first():
    machine = Machine()
    attempts = []

    def live(me):
        attempts.append(me.env["attempt"])
        if len(attempts) == 1:
            with suppress(ApiError):
                me.bid(SMALL, 1_000)
            raise Killed
        me.bid(SMALL, 30)

    with machine.process() as economy:
        ada = economy.create_agent("ada", 100)
        machine.functions[ada.id] = live
    with pytest.raises(Killed), machine.process() as economy:
        economy.step()
    with machine.process() as economy:
        economy.step()
        assert attempts == [1, 2]
        assert [row["status"] for row in economy.report().executions] == ["completed"]


def test_a_machine_that_became_smaller_since_the_freeze_is_not_oversold(monkeypatch):
    wide = evolve(SCARCE, capacity=Capacity(1, 512, 0, 1))
    narrow = evolve(SCARCE, capacity=Capacity(1, 64, 0, 1))

    def killed(*_arguments):
        raise Killed

    machine = Machine()
    with machine.process(wide) as economy:
        for name in ("ada", "bob"):
            economy.create_agent(name, 100, first_bid=(SMALL, 40))
        with monkeypatch.context() as patch:
            patch.setattr(ReferenceEngine, "clear_round", killed)
            with pytest.raises(Killed):
                economy.step()
    with machine.process(narrow) as economy:
        assert economy.step().wins == 1
        assert economy.audit().ok
