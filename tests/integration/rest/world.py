"""A small economy in memory behind the HTTP door, whose agents act when the test says so."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.rest.app import create_app
from syntropism.adapters.rest.rate_limit import RateLimit
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands import cycle_steps
from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.settling import settle
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.commands.windows import end_window, lease_windows, start_window
from syntropism.application.effects import Effects
from syntropism.application.operator_service import OperatorService
from syntropism.application.operators.identity import LOCAL
from syntropism.application.ports.tokens import AGENT_SCOPES, AgentIdentity
from syntropism.application.row_queue import RowQueue
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.application.workforce import Workforce
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.execution.executions import ExecutionStatus, Usage
from syntropism.domain.identifiers import AgentId, WorkerId
from syntropism.domain.market.resources import NOTHING, Bundle
from syntropism.domain.market.rounds import RoundResult, Win

ADMIN = "an-admin-s-secret"
SMALL = {"cpu_seconds": 1, "memory_mb": 64, "duration_seconds": 10}


class World:
    """Founded, with a treasury and nobody in it yet."""

    def __init__(self, rate: RateLimit | None = None) -> None:
        self.clock = SimulatedClock()
        self.store = MemoryStore(self.clock)
        self.rules = Rules(EconomicParameters(), SeededIds(1, self.clock))
        self.tokens = EdDsaTokens(new_key())
        self.service = SystemService(self.store, self.rules)
        self.workspaces = MemoryWorkspaces()
        self.operators = OperatorService(self.store, self.rules, self.workspaces)
        self.workforce = Workforce(self.store, self.rules, self.tokens, RowQueue(self.store))
        self.app: FastAPI = create_app(
            self.service,
            self.operators,
            self.tokens,
            self.clock,
            config=lambda: {"market": {"preset": "truthful"}},
            version="1.2.3",
            rate=rate,
            workforce=self.workforce,
        )
        with self.store() as uow:
            found_economy(Effects(uow, self.rules, "test"), None)
            uow.commit()
        self.operators.bootstrap(ADMIN)

    # what happens in it

    def create(self, name: str, credits: int = 1_000, attention: int = 0) -> str:
        """An agent with an open first bid; its id."""
        request = BirthRequest(
            name,
            credits * MICRO,
            {"main.py": b"pass"},
            first_bid=BidRequest(Bundle(1, 64, 10, 0, attention), 100 * MICRO),
        )
        return str(self.operators.create_agent(LOCAL, request, None)["id"])

    def kill(self, agent_id: str) -> None:
        """The operator ends the agent."""
        self.operators.kill_agent(LOCAL, agent_id)

    def round(self) -> None:
        """One cycle in which every open bid wins at 40 credits and its window starts."""
        with self.store() as uow:
            fx = Effects(uow, self.rules, "test")
            number = cycle_steps.open_cycle(fx).number
            cycle_steps.freeze(fx, number)
            wins = tuple(Win(bid.id, False, 40 * MICRO) for bid in uow.bids.frozen(number))
            settle(
                fx,
                number,
                RoundResult(
                    wins=wins,
                    losses=(),
                    used=NOTHING,
                    occupied=NOTHING,
                    demand=NOTHING,
                    utilization_permille=(0, 0, 0, 0),
                    welfare=0,
                    upper_bound=0,
                ),
            )
            for step in (cycle_steps.collect, cycle_steps.reprice):
                step(fx, number)
            cycle_steps.cull(fx, number, wall_time=False)
            cycle_steps.close(fx, number)
            for window in lease_windows(fx, WorkerId("worker"), 100, 60_000):
                start_window(fx, window.id, window.attempt, 1_000)
            uow.commit()

    def freeze(self) -> None:
        """A cycle stops between freezing and settling."""
        with self.store() as uow:
            fx = Effects(uow, self.rules, "test")
            cycle_steps.freeze(fx, cycle_steps.open_cycle(fx).number)
            uow.commit()

    def end(self, agent_id: str, status: ExecutionStatus = ExecutionStatus.COMPLETED) -> None:
        """The agent's window ends."""
        with self.store() as uow:
            window = uow.executions.unfinished_of(AgentId(agent_id))
            assert window is not None
            end_window(
                Effects(uow, self.rules, "test"),
                window.id,
                window.attempt,
                status,
                Usage(cpu_ms=5),
                exit_code=0,
                detail="",
                log="hello",
                env={"debug": False},
            )
            uow.commit()

    # who asks

    def identity(self, agent_id: str, scopes: tuple[str, ...] = AGENT_SCOPES) -> AgentIdentity:
        """The proof of the agent's present window."""
        with self.store(read_only=True) as uow:
            window = uow.executions.unfinished_of(AgentId(agent_id))
        assert window is not None
        return AgentIdentity(AgentId(agent_id), window.id, window.attempt, scopes)

    def token(self, agent_id: str, scopes: tuple[str, ...] = AGENT_SCOPES) -> str:
        """The agent's token for its present window."""
        expires = self.clock.now() + timedelta(seconds=15)
        return self.tokens.issue(self.identity(agent_id, scopes), expires)

    def ask(
        self,
        token: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The response to a request below ``/api/v1``; ``raw`` is a body sent as it is."""
        found = dict(headers or {})
        if token is not None:
            found["Authorization"] = f"Bearer {token}"
        if key is not None:
            found["Idempotency-Key"] = key
        content: dict[str, Any] = (
            {"json": body} if raw is None and body is not None else {"content": raw}
        )
        encoded = {name: value.encode("latin-1") for name, value in found.items()}
        return self.request(method, f"/api/v1{path}", headers=encoded, **content)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The response to any request, the application being called directly."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
                return await client.request(method, path, **more)

        return asyncio.run(send())

    # what must not change

    def snapshot(self) -> Any:
        """Everything that counts: balances, holds, events, statuses, messages, sources."""
        with self.store(read_only=True) as uow:
            agents = uow.agents.everyone()
            return (
                uow.ledger.all_balances(),
                uow.events.last_sequence(),
                [(one.id, one.status) for one in agents],
                [(one.id, one.status) for one in uow.bids.page(500)],
                [(one.id, one.status, one.acted) for one in uow.executions.page(500)],
                [(one.id, one.status) for one in uow.prompts.page(500)],
                [one.id for one in uow.ledger.history(None, 500)],
                [len(uow.messages.inbox(one.id, 500, None, unread=False)) for one in agents],
                uow.operators.count(),
            )
