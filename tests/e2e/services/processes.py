"""Several processes of one economy, started and ended as an operator would."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.cli.driver import COMMAND, Town, environment

from syntropism.domain.execution.executions import UNFINISHED

PATIENCE_SECONDS = 60.0
"""On a busy machine everything takes longer; what is waited for usually comes at once."""


def eventually(what: str, look: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What ``look`` gives once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"in vain: {what}")


class Service:
    """One process, whose output goes to a file."""

    def __init__(self, town: Town, name: str, *arguments: str, **settings: str) -> None:
        self.name = name
        self.path = town.folder / f"{name}.log"
        with self.path.open("w") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=town.folder,
                env=environment(**town.settings, **settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All it has written."""
        return self.path.read_text("utf-8")

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def ask_to_end(self) -> int:
        """SIGTERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


class Cluster:
    """The services of one project."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.all: list[Service] = []
        self.address = ""
        self._token = ""

    def start(self, name: str, *arguments: str, **settings: str) -> Service:
        service = Service(self.town, name, *arguments, **settings)
        self.all.append(service)
        return service

    def serve(self, name: str = "api") -> Service:
        """An API; what is asked next is asked of it."""
        service = self.start(name, "serve", "--port", "0", "--json")
        line = eventually("an API", lambda: service.said.partition("\n")[0])
        self.address = json.loads(line)["address"]
        return service

    def worker(self, name: str, *arguments: str, **settings: str) -> Service:
        """A worker, once it has signed on."""
        return self.workers(name, arguments=arguments, **settings)[name]

    def workers(
        self, *names: str, arguments: tuple[str, ...] = (), **settings: str
    ) -> dict[str, Service]:
        """Several of them, started at once."""
        if not self._token:
            made = self.town.json("token", "issue", "crew", "--role", "worker")
            self._token = made["token"]
        made = {
            name: self.start(
                name,
                *("worker", "--name", name, "--api", self.address, *arguments),
                SYNTROPISM_WORKER_TOKEN=self._token,
                **settings,
            )
            for name in names
        }
        for one in made.values():
            eventually(f"{one.name} at work", lambda one=one: f"worker {one.name}:" in one.said)
        return made

    def orchestrate(self, name: str, *arguments: str) -> Service:
        return self.start(name, "orchestrate", "--human", "none", *arguments)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What stands in the database: nobody's word is enough."""
        url = self.town.settings.get("SYNTROPISM_STORAGE_DATABASE_URL", "")
        if url:
            import psycopg

            with psycopg.connect(url) as server:
                return server.execute(query.replace("?", "%s"), parameters).fetchall()
        with closing(sqlite3.connect(self.town.folder / "economy.db", timeout=30)) as database:
            return database.execute(query, parameters).fetchall()

    def cycle(self) -> int:
        return int(self.rows("SELECT coalesce(max(number), 0) FROM cycles")[0][0])

    def end(self) -> None:
        """Ends whatever is left, and all that came of it."""
        for one in self.all:
            if one.process.poll() is None:
                os.kill(one.process.pid, signal.SIGKILL)
                one.process.wait(PATIENCE_SECONDS)

    def require_lawful(self) -> None:
        """Every won bid has exactly one charge and one final outcome; and the audit agrees."""
        assert self.town.json("audit")["ok"] is True
        won = {bid for (bid,) in self.rows("SELECT id FROM bids WHERE status = 'won'")}
        lived = self.rows("SELECT bid_id, status FROM executions")
        assert sorted(bid for bid, _ in lived) == sorted(won)
        assert {status for _, status in lived}.isdisjoint({one.value for one in UNFINISHED})
        charged = self.rows(
            "SELECT reference, count(*) FROM transfers WHERE kind = 'payment' GROUP BY reference"
        )
        assert {bid for bid, _ in charged} == won
        assert {count for _, count in charged} <= {1}
        refunds = self.rows(
            "SELECT reference, count(*) FROM transfers WHERE kind = 'refund' GROUP BY reference"
        )
        assert {count for _, count in refunds} <= {1}


@contextmanager
def cluster(town: Town) -> Iterator[Cluster]:
    """A cluster of nothing yet."""
    made = Cluster(town)
    try:
        yield made
    except BaseException:
        for one in made.all:
            sys.stderr.write(f"--- {one.name}\n{one.said}\n")
        raise
    finally:
        made.end()


def program(folder: Path, name: str, text: str) -> str:
    """An agent of one file; its folder."""
    home = folder / "agents" / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "main.py").write_text(text)
    return str(home)
