"""Everything that runs: two orchestrators, three workers, two APIs, PostgreSQL and NATS, with a
proxy before each of the last three."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import Town
from tests.e2e.services.processes import Cluster, Service, eventually, program
from tests.e2e.soak.agents import programs
from tests.e2e.soak.http_proxy import HttpProxy
from tests.servers.nats import NatsServer
from tests.servers.postgres import PostgresServer, free_port
from tests.servers.proxy import Proxy

WINDOW_SECONDS: Final = 6
_LOCAL: Final = "127.0.0.1"

SETTINGS: Final = {
    "SYNTROPISM_CYCLE_SECONDS": "1",
    "SYNTROPISM_SERVICES_LEAD_SECONDS": "3",
    "SYNTROPISM_SERVICES_LEASE_SECONDS": "3",
    "SYNTROPISM_POPULATION_GENESIS": "none",
    "SYNTROPISM_POPULATION_DORMANCY_CYCLES_MAX": "100000",
    "SYNTROPISM_ECONOMY_TREASURY_ENDOWMENT": "10000000",
    "SYNTROPISM_MARKET_FIRST_BID_AMOUNT": "60",
    "SYNTROPISM_MARKET_FIRST_BID_CPU_SECONDS": "0.5",
    "SYNTROPISM_MARKET_FIRST_BID_MEMORY_MB": "48",
    "SYNTROPISM_MARKET_FIRST_BID_DURATION_SECONDS": str(WINDOW_SECONDS),
    "SYNTROPISM_CAPACITY_CPU_CORES": "1",
    "SYNTROPISM_CAPACITY_MEMORY_MB": "512",
    "SYNTROPISM_CAPACITY_ATTENTION_SLOTS": "2",
    "SYNTROPISM_ATTENTION_HUMAN": "generous",
    "SYNTROPISM_WORKER_DRAIN_SECONDS": "20",
    "SYNTROPISM_NATS_QUEUE": "jetstream",
}


@define
class Member:
    """One service that is to be there, whatever happens to its processes."""

    name: str
    arguments: tuple[str, ...]
    service: Service
    starts: int = 1

    @property
    def gone(self) -> bool:
        """Whether its process has ended."""
        return self.service.process.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        """As the kernel or an operator would; it may have ended meanwhile."""
        if not self.gone:
            self.service.process.send_signal(number)


@define
class Fleet:
    """The processes, and how to reach what they write."""

    books: Cluster
    """Asks the database itself, past the proxy."""
    services: Cluster
    database: PostgresServer
    nats: NatsServer
    proxies: dict[str, Proxy]
    members: dict[str, Member] = field(factory=dict)
    _token: str = ""

    @property
    def api(self) -> HttpProxy:
        """The proxy before the APIs."""
        found = self.proxies["api"]
        assert isinstance(found, HttpProxy)
        return found

    def enlist(self, name: str, *arguments: str) -> Member:
        """Starts a service for the first time."""
        service = self._process(name, arguments, 1)
        member = self.members[name] = Member(name, arguments, service)
        return member

    def start_again(self, name: str) -> None:
        """Another process for a service whose own has ended."""
        member = self.members[name]
        member.starts += 1
        member.service = self._process(name, member.arguments, member.starts)

    def _process(self, name: str, arguments: tuple[str, ...], start: int) -> Service:
        secret = {"SYNTROPISM_WORKER_TOKEN": self._token} if arguments[0] == "worker" else {}
        return self.services.start(f"{name}.{start}", *arguments, **secret)

    def populate(self) -> None:
        """Starts every service, and gives birth to every agent."""
        for number, (_, port) in enumerate(self.proxies["api"].targets, 1):
            self.enlist(f"api{number}", "serve", "--port", str(port), "--json")
            eventually("an API", lambda n=number: self.members[f"api{n}"].service.said)
        made = self.books.town.json("token", "issue", "crew", "--role", "worker")
        self._token = made["token"]
        for name in ("o1", "o2"):
            self.enlist(name, "orchestrate")
        for name in ("w1", "w2", "w3"):
            where = f"http://{_LOCAL}:{self.api.port}"
            self.enlist(name, "worker", "--name", name, "--api", where)
        for name, text in programs(WINDOW_SECONDS).items():
            home = program(self.books.town.folder, name, text)
            self.books.town.json("agents", "create", name, "--from", home, "--credits", "1000000")

    def wake_sleepers(self) -> int:
        """An operator's bid for everybody who is neither bidding nor living: an agent whose
        window failed has left no bid."""
        idle = self.books.rows(
            "SELECT name FROM agents WHERE status <> 'dead' AND id NOT IN "
            "(SELECT agent_id FROM bids WHERE status = 'open') AND id NOT IN "
            "(SELECT agent_id FROM executions WHERE status IN ('queued', 'leased', 'running'))"
        )
        answers = [self.books.town.inside("agents", "sponsor", name) for (name,) in idle]
        return sum(answer.returncode == 0 for answer in answers)

    def unfinished(self) -> set[str]:
        """The windows that have no final outcome."""
        query = "SELECT id FROM executions WHERE status IN ('queued', 'leased', 'running')"
        return {one for (one,) in self.books.rows(query)}


@contextmanager
def fleet(folder: Path, seed: str) -> Iterator[Fleet]:
    """All of it, and nothing of it afterwards."""
    below = folder / "nats"
    below.mkdir()
    nats, database = NatsServer(below).start(), PostgresServer(durable=True)
    proxies: dict[str, Proxy] = {}
    town = new_town(folder, **SETTINGS)
    try:
        url = database.fresh()
        proxies["postgres"] = Proxy("postgres", [(_LOCAL, database.port)], seed)
        proxies["nats"] = Proxy("nats", [(_LOCAL, nats.port)], seed)
        proxies["api"] = HttpProxy("api", [(_LOCAL, free_port()) for _ in range(2)], seed)
        through = url.replace(f":{database.port}/", f":{proxies['postgres'].port}/")
        events = f"nats://{_LOCAL}:{proxies['nats'].port}"
        direct = {"SYNTROPISM_STORAGE_DATABASE_URL": url}
        indirect = {"SYNTROPISM_STORAGE_DATABASE_URL": through, "SYNTROPISM_NATS_URL": events}
        whole = Fleet(
            books=Cluster(Town(town.folder, **{**town.settings, **direct})),
            services=Cluster(Town(town.folder, **{**town.settings, **indirect})),
            database=database,
            nats=nats,
            proxies=proxies,
        )
        try:
            whole.populate()
            yield whole
        finally:
            whole.services.end()
    finally:
        for proxy in proxies.values():
            proxy.close()
        nats.stop()
        database.stop()
