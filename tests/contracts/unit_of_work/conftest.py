"""One suite, run on every store: whatever holds for one must hold for all."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile
from uuid import UUID

import pytest
from attrs import define, evolve, field

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.migrations import upgrade
from syntropism.adapters.sql.store import SqlStore
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.domain.attention.prompts import Prompt
from syntropism.domain.economy.accounts import MINT_GENESIS, TREASURY
from syntropism.domain.economy.holds import Hold, HoldPurpose
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.bids import Bid, Offer
from syntropism.domain.market.resources import Bundle
from syntropism.domain.population.agents import Agent

START = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)


@define
class Town:
    """A store with a clock, and short words for what the tests put into it."""

    store: UnitOfWorkFactory
    clock: SimulatedClock
    _numbers: count = field(factory=lambda: count(1))

    def id(self) -> str:
        """The next identifier; later ones sort after earlier ones."""
        return str(UUID(int=(0x0190 << 112) | (0x7 << 76) | (0b10 << 62) | next(self._numbers)))

    def agent(self, uow: UnitOfWork, name: str = "ada", credits: int = 0, **facts) -> Agent:
        agent = Agent(self.id(), name, "poet", None, 0, 1, START)
        agent = evolve(agent, **facts)
        uow.agents.add(agent)
        uow.ledger.open_account(agent.id)
        if credits:
            self.move(uow, MINT_GENESIS, agent.id, credits, TransferKind.ENDOWMENT)
        return agent

    def transfer(
        self, debit: str, credit: str, amount: int, kind: TransferKind = TransferKind.TRANSFER
    ) -> Transfer:
        return Transfer(self.id(), debit, credit, amount, kind, self.clock.now(), "why", "memo")

    def move(
        self, uow, debit: str, credit: str, amount: int, kind: TransferKind = TransferKind.TRANSFER
    ) -> Transfer:
        transfer = self.transfer(debit, credit, amount, kind)
        uow.ledger.post([transfer])
        return transfer

    def hold(self, uow: UnitOfWork, payer: str, amount: int) -> Hold:
        hold = Hold(self.id(), payer, amount, HoldPurpose.BID, "a bid", START)
        uow.holds.add([hold])
        if amount:
            self.move(uow, payer, hold.account, amount, TransferKind.BID_HELD)
        return hold

    def bid(self, uow: UnitOfWork, agent: Agent, amount: int = 30, payer: str = "", **facts) -> Bid:
        payer = payer or agent.id
        hold = self.hold(uow, payer, amount)
        bid = Bid(
            self.id(),
            agent.id,
            payer,
            hold.id,
            Offer(Bundle("0.5", 64, 10, 7, 1), amount, 12),
            Offer(Bundle(1, 32, 10), amount - 1, 11),
            uow.bids.next_sequence(),
            3,
            START,
        )
        bid = evolve(bid, **facts)
        uow.bids.add(bid)
        return bid

    def execution(self, uow: UnitOfWork, agent: Agent, bid: Bid | None = None) -> Execution:
        if bid is None:
            bid = self.bid(uow, agent)
            uow.bids.save([bid.won(bid.main.amount, 4, fallback=False)])
        execution = Execution(
            id=self.id(),
            agent_id=agent.id,
            bid_id=bid.id,
            payer=bid.payer,
            cycle=4,
            bundle=bid.main.bundle,
            payment=20,
            queued_at=START,
        )
        uow.executions.add([execution])
        return execution

    def prompt(self, uow: UnitOfWork, execution: Execution, amount: int = 0, **facts) -> Prompt:
        prompt = Prompt(
            self.id(), execution.agent_id, execution.id, "look!", amount, None, 5, START
        )
        prompt = evolve(prompt, **facts)
        uow.prompts.add(prompt)
        return prompt

    def later(self, seconds: float = 1.0) -> datetime:
        return START + timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """An empty database at the newest revision, to be copied: migrating takes longer than most
    tests."""
    path = tmp_path_factory.mktemp("migrated") / "town.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path, migrated):
    """Every store there is; each must pass every test of this folder."""
    clock = SimulatedClock(START)
    if request.param == "memory":
        yield MemoryStore(clock)
        return
    if request.param == "sqlite":
        copyfile(migrated, tmp_path / "town.db")
        url = f"sqlite:///{tmp_path}/town.db"
    else:
        url = request.getfixturevalue("postgres_url")
    sql = SqlStore(url, clock)
    yield sql
    sql.close()


@pytest.fixture
def town(store):
    """A store with its system accounts open."""
    with store() as uow:
        uow.ledger.open_account(TREASURY)
        uow.commit()
    return Town(store, store.clock)


@pytest.fixture
def uow(town):
    """A transaction that is never committed."""
    with town.store() as uow:
        yield uow
