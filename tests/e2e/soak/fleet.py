"""Everything that runs: two orchestrators, three workers, two APIs, PostgreSQL and NATS, with a
proxy before each of the last three."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg
from attrs import define, field
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import ROOT, Town
from tests.e2e.services.processes import Cluster, Service, eventually, program
from tests.e2e.soak.agents import programs
from tests.e2e.soak.http_proxy import HttpProxy, Shares
from tests.e2e.soak.nats_proxy import NatsProxy
from tests.e2e.soak.postgres_proxy import PostgresProxy
from tests.servers.nats import NatsServer
from tests.servers.postgres import PostgresServer, free_port
from tests.servers.proxy import Proxy

WINDOW_SECONDS: Final = 6
LEASE_SECONDS: Final = 2
LEAD_SECONDS: Final = 3
_LOCAL: Final = "127.0.0.1"

AGENTS: Final = Shares(twice=0.3, lost=0.04, answer_lost=0.06)
WORKERS: Final = Shares(twice=0.05, lost=0.015, answer_lost=0.015)

SETTINGS: Final = {
    "SYNTROPISM_CYCLE_SECONDS": "1",
    "SYNTROPISM_SERVICES_LEAD_SECONDS": str(LEAD_SECONDS),
    "SYNTROPISM_SERVICES_LEASE_SECONDS": str(LEASE_SECONDS),
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
    "SYNTROPISM_EXECUTION_SANDBOX": "process",  # whatever daemon this machine has
}
ORCHESTRATORS: Final = ("o1", "o2")
WORKERS_OF_IT: Final = ("w1", "w2", "w3")
APIS: Final = ("api1", "api2")


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

    @property
    def listens(self) -> bool:
        """Whether it has come so far that it can be asked to end."""
        with suppress(OSError):
            status = Path(f"/proc/{self.service.process.pid}/status").read_text()
            caught = int(status.partition("SigCgt:")[2].split()[0], 16)
            return bool(caught >> (signal.SIGTERM - 1) & 1)
        return False

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
    folder: Path
    plant: str = ""
    """A bug that every service has; see :mod:`tests.e2e.soak.planted.sitecustomize`."""
    members: dict[str, Member] = field(factory=dict)
    _token: str = ""
    _asking: "psycopg.Connection[Any] | None" = None

    @property
    def temporary(self) -> Path:
        """The temporary folder of every service: what is left there was forgotten."""
        return self.folder / "tmp"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the database, by a connection that is kept.

        Raises:
            psycopg.OperationalError: the server is not there now.
        """
        if self._asking is None or self._asking.closed:
            url = self.books.town.settings["SYNTROPISM_STORAGE_DATABASE_URL"]
            self._asking = psycopg.connect(url, autocommit=True, connect_timeout=5)
        return self._asking.execute(query).fetchall()

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
        more = {"TMPDIR": str(self.temporary)}
        if arguments[0] == "worker":
            more["SYNTROPISM_WORKER_TOKEN"] = self._token
        if self.plant:
            planted = Path(__file__).with_name("planted")
            more["PYTHONPATH"] = f"{planted}{os.pathsep}{ROOT / 'src'}"
            more["SOAK_PLANT"] = self.plant
        return self.services.start(f"{name}.{start}", *arguments, **more)

    def populate(self) -> None:
        """Starts every service, and gives birth to every agent."""
        for name, (_, port) in zip(APIS, self.proxies["api"].targets, strict=True):
            self.enlist(name, "serve", "--port", str(port), "--json")
            eventually("an API", lambda name=name: self.members[name].service.said)
        made = self.books.town.json("token", "issue", "crew", "--role", "worker")
        self._token = made["token"]
        for name in ORCHESTRATORS:
            self.enlist(name, "orchestrate")
        for name in WORKERS_OF_IT:
            where = f"http://{_LOCAL}:{self.proxies['api'].port}"
            self.enlist(name, "worker", "--name", name, "--api", where)
        for name, text in programs(WINDOW_SECONDS).items():
            home = program(self.books.town.folder, name, text)
            self.books.town.json("agents", "create", name, "--from", home, "--credits", "1000000")

    def wake_sleepers(self) -> int:
        """An operator's bid for everybody who is neither bidding nor living: an agent whose
        window failed has left no bid."""
        idle = self.rows(
            "SELECT name FROM agents WHERE status <> 'dead' AND id NOT IN "
            "(SELECT agent_id FROM bids WHERE status = 'open') AND id NOT IN "
            "(SELECT agent_id FROM executions WHERE status IN ('queued', 'leased', 'running'))"
        )
        answers = [self.books.town.inside("agents", "sponsor", name) for (name,) in idle]
        return sum(answer.returncode == 0 for answer in answers)

    def unfinished(self) -> set[str]:
        """The windows that have no final outcome."""
        query = "SELECT id FROM executions WHERE status IN ('queued', 'leased', 'running')"
        return {one for (one,) in self.rows(query)}

    def cycle(self) -> int:
        """The number of the newest cycle."""
        return int(self.rows("SELECT coalesce(max(number), 0) FROM cycles")[0][0])

    def leader(self) -> str | None:
        """Who of the orchestrators leads, if it can be seen now."""
        found = self._seen("SELECT holder FROM leases WHERE name = 'orchestrator'")
        pids = {one.service.process.pid: name for name, one in self.members.items()}
        return pids.get(int(found.rsplit("-", 2)[1])) if found else None

    def busy_worker(self) -> str | None:
        """A worker that has a window now, if it can be seen; rather one whose window has not
        acted and is young, so that it will be tried again while its first attempt goes on."""
        return self._seen(
            "SELECT worker_id FROM executions WHERE status = 'running' "
            "ORDER BY acted, started_at DESC LIMIT 1"
        )

    def _seen(self, query: str) -> str | None:
        try:
            found = self.rows(query)
        except psycopg.Error:
            return None
        return found[0][0] if found else None

    def tell_all(self) -> None:
        """What the services said last, for whoever looks into a failure."""
        for member in self.members.values():
            sys.stderr.write(f"--- {member.service.name}\n{member.service.said[-3000:]}\n")


@contextmanager
def fleet(folder: Path, seed: str, plant: str = "") -> Iterator[Fleet]:
    """All of it, and nothing of it afterwards."""
    below = folder / "nats"
    below.mkdir()
    nats, database = NatsServer(below).start(), PostgresServer(durable=True, vacuums=True)
    proxies: dict[str, Proxy] = {}
    town = new_town(folder, **SETTINGS)
    try:
        url = database.fresh()
        targets = [(_LOCAL, free_port()) for _ in APIS]
        proxies["postgres"] = PostgresProxy("postgres", database.port, seed)
        proxies["nats"] = NatsProxy("nats", nats.port, seed)
        proxies["api"] = HttpProxy("api", targets, seed, AGENTS, WORKERS)
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
            folder=folder,
            plant=plant,
        )
        whole.temporary.mkdir()
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
