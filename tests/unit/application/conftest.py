"""A small town in memory, and its agents' windows."""

from collections.abc import Callable

import pytest
from attrs import frozen

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.commands import cycle_steps, settling, windows
from syntropism.application.commands.bidding import BidRequest, withdraw_bid
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.effects import Effects
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.domain.credits import MICRO
from syntropism.domain.market.auction import clear_round
from syntropism.domain.market.resources import Bundle
from syntropism.testing import lively_parameters

SEEING = Bundle("0.5", 64, 10, 0, 1)


@frozen
class Town:
    """A founded economy, and short words for what the tests do to it."""

    clock: SimulatedClock
    store: UnitOfWorkFactory
    rules: Rules
    service: SystemService
    operators: OperatorService

    def do(self, command: Callable[[Effects], object]):
        """One command in a transaction."""
        with self.store() as uow:
            answer = command(Effects(uow, self.rules, "test"))
            uow.commit()
            return answer

    def ask(self, query):
        """One query."""
        with self.store(read_only=True) as uow:
            return query(uow)

    def born(self, name: str, credits: int = 400, bundle: Bundle | None = SEEING) -> str:
        """An agent with a bid of 60 credits, or without one."""
        bid = BidRequest(bundle, 60 * MICRO) if bundle else None
        request = BirthRequest(name, credits * MICRO, {"main.py": b""}, "", bid)
        return self.do(lambda fx: create_agent(fx, request, bids=bid is not None)).id

    def clear(self, offered_to: str | None = None) -> int:
        """Opens a cycle and settles it; its number. Winners are offered to a worker."""
        number = self.do(cycle_steps.open_cycle).number
        cycle = self.do(lambda fx: cycle_steps.freeze(fx, number))
        bids = self.do(lambda fx: cycle_steps.order_book(fx, number))
        result = clear_round(bids, cycle.free, cycle.prices, self.rules.parameters, cycle.held)
        places = {win.bid_id: offered_to for win in result.wins} if offered_to else {}
        self.do(lambda fx: settling.settle(fx, number, result, places))
        return number

    def close(self) -> None:
        """Ends the cycle."""
        number = self.ask(lambda uow: uow.cycles.latest()).number
        self.do(lambda fx: cycle_steps.collect(fx, number))
        self.do(lambda fx: cycle_steps.reprice(fx, number))
        self.do(lambda fx: cycle_steps.cull(fx, number, wall_time=False))
        self.do(lambda fx: cycle_steps.close(fx, number))

    def withdraw(self, agent_id: str, bid_id: str) -> None:
        """Takes an open bid back."""
        self.do(lambda fx: withdraw_bid(fx, agent_id, bid_id))

    def lease(self):
        """A worker takes everything that is queued."""
        return self.do(lambda fx: windows.lease_windows(fx, "worker", 100, 60_000))

    def lives(self) -> list[AgentIdentity]:
        """Whoever has won, started: their proven identities."""
        return [
            AgentIdentity(one.agent_id, one.id, one.attempt)
            for leased in self.lease()
            for one in [
                self.do(
                    lambda fx, leased=leased: windows.start_window(
                        fx, leased.id, leased.attempt, 30_000
                    )
                )
            ]
        ]

    def window(self, execution_id: str):
        """An execution."""
        return self.ask(lambda uow: uow.executions.get(execution_id))

    def balance(self, account: str) -> int:
        """What an account holds, in micro-credits."""
        return self.ask(lambda uow: uow.ledger.balances([account])[account])


@pytest.fixture
def town() -> Town:
    clock = SimulatedClock()
    return founded(MemoryStore(clock), clock)


def founded(store, clock: SimulatedClock) -> Town:
    """A town in ``store``."""
    rules = Rules(lively_parameters(), SeededIds(1, clock))
    made = Town(
        clock,
        store,
        rules,
        SystemService(store, rules),
        OperatorService(store, rules, MemoryWorkspaces()),
    )
    made.do(lambda fx: found_economy(fx, None))
    return made
