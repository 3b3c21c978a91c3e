"""GET /economic/balance against an empty FastAPI endpoint: what the economy adds to a request.

Two servers of the same kind, each in its own process, answer the same client in turns over one
kept connection: a bare FastAPI application with one empty asynchronous endpoint, and the
whole door over SQLite, with a signed token, a rate limit, a transaction and the envelope. The
target is a balance at 0.6 of the requests per second of the empty endpoint. A second row compares
with an empty endpoint that is a plain function, which FastAPI runs in a thread.
"""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from tempfile import TemporaryDirectory
from typing import Self

from fastapi import FastAPI
from harness import Row, compare, main, timed

from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.rest.app import create_app
from syntropism.adapters.rest.rate_limit import RateLimit
from syntropism.adapters.rest.server import serve_in_thread
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands.cycle_steps import freeze, open_cycle
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.settling import settle
from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.commands.windows import lease_windows, start_window
from syntropism.application.effects import Effects
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.identifiers import WorkerId
from syntropism.domain.market.resources import NOTHING, Bundle
from syntropism.domain.market.rounds import RoundResult, Win

TARGET = 0.6
AGENTS = 1_000
REQUESTS = 2_000
SERVE = "--serve"


def serve_empty(path: str) -> None:
    """The yardstick."""
    app = FastAPI(openapi_url=None)

    @app.get("/empty")
    async def empty() -> dict[str, str]:
        return {}

    @app.get("/empty-function")
    def empty_function() -> dict[str, str]:
        return {}

    announce(app, path, "none")


def announce(app: FastAPI, path: str, token: str) -> None:
    """Serves until the standard input ends."""
    print(serve_in_thread(app).address, path, token, flush=True)
    sys.stdin.read()


def serve_balance(folder: str, announce: Callable[[FastAPI, str, str], None] = announce) -> None:
    """The door over SQLite, with one window that lasts an hour."""
    clock = SystemClock()
    parameters = EconomicParameters(
        cycle_ms=3_600_000, first_bundle=Bundle(1, 64, 3_600), first_bid_amount=2_000 * MICRO
    )
    store, rules = SqlStore(f"sqlite:///{folder}/economy.db", clock), Rules(parameters, SystemIds())
    with store() as uow:
        fx = Effects(uow, rules, "benchmark")
        found_economy(fx, None)
        for number in range(AGENTS):
            request = BirthRequest(f"agent {number}", 10_000 * MICRO, {"main.py": b""})
            agent = create_agent(fx, request)
        cycle = open_cycle(fx).number
        freeze(fx, cycle)
        won = next(bid for bid in uow.bids.frozen(cycle) if bid.agent_id == agent.id)
        settle(
            fx,
            cycle,
            RoundResult(
                wins=(Win(won.id, False, won.main.reserve),),
                losses=(),
                used=NOTHING,
                occupied=NOTHING,
                demand=NOTHING,
                utilization_permille=(0, 0, 0, 0),
                welfare=0,
                upper_bound=0,
            ),
        )
        (leased,) = lease_windows(fx, WorkerId("worker"), 1, 7_200_000)
        window = start_window(fx, leased.id, leased.attempt, 1_000)
        uow.commit()
    tokens = EdDsaTokens(new_key())
    identity = AgentIdentity(agent.id, window.id, window.attempt)
    app = create_app(
        SystemService(store, rules),
        OperatorService(store, rules, MemoryWorkspaces()),
        tokens,
        clock,
        rate=RateLimit(burst=10**9, per_second=10**9),
        embedded=True,
    )
    token = tokens.issue(identity, clock.now() + timedelta(hours=1))
    announce(app, "/api/v1/economic/balance", token)


class Client:
    """One kept connection that asks the same thing again and again."""

    def __init__(self, kind: str, argument: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, SERVE, kind, argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        address, path, token = self.process.stdout.readline().split()
        host, _, port = address.removeprefix("http://").partition(":")
        self.connection = socket.create_connection((host, int(port)))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()

    def ask(self, requests: int) -> None:
        """Asks, one request after another."""
        for _ in range(requests):
            self.connection.sendall(self.request)
            received = b""
            while not received.endswith(b"}"):
                received += self.connection.recv(65536)
            assert received.startswith(b"HTTP/1.1 200 "), received

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.process.communicate()


def rows(short: bool) -> Iterator[Row]:
    """One connection, one request after another."""
    requests = REQUESTS // 4 if short else REQUESTS
    with TemporaryDirectory() as folder, Client("balance", folder) as balance:
        for name, path, target in (
            ("GET /economic/balance", "/empty", TARGET),
            ("the same, yardstick in a thread", "/empty-function", None),
        ):
            with Client("empty", path) as empty:
                yield compare(
                    name,
                    timed(partial(balance.ask, requests)),
                    timed(partial(empty.ask, requests)),
                    target=target,
                    items=requests,
                    speed=True,
                    short=short,
                )


if __name__ == "__main__":
    if SERVE not in sys.argv:
        main(__doc__, rows)
    elif sys.argv[2] == "empty":
        serve_empty(sys.argv[3])
    else:
        serve_balance(sys.argv[3])
