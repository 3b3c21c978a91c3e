"""Windows lived per second by 1, 2 and 4 workers, and what the system itself spends on each.

Real processes on a PostgreSQL server of this script's own: the API, an orchestrator that clears
every half second, workers that live three windows at once under the process sandbox. Windows bid
and then sleep, so that neither processor nor agents are the limit: what grows is what workers add.
More agents bid than there is room for.

The first rows compare with one worker (the ratio is of windows per second; it is 2 or 4 at best).
The last one is CPU time per window, in seconds: of the API, orchestrator, workers with their
sandboxes, and PostgreSQL, without the agent's own, against the agent's own (Python starting,
importing the SDK, and bidding).
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen
from harness import Row, main

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.e2e.cli.conftest import new_town
from tests.e2e.services.processes import Cluster, cluster, eventually, program
from tests.servers.postgres import PostgresServer

SLOTS = 3
AGENTS = 24
SLEEPS_SECONDS = 3
AGENT = f"""
import time
from syntropism_sdk import run

def live(me):
    me.bid({{"cpu_seconds": 0.8, "memory_mb": 48, "duration_seconds": 8}}, 100)
    time.sleep({SLEEPS_SECONDS})

run(live)
"""
SETTINGS = {
    "SYNTROPISM_CYCLE_SECONDS": "0.5",
    "SYNTROPISM_POPULATION_GENESIS": "none",
    "SYNTROPISM_MARKET_LONGEST_WINDOW_CYCLES": "100",
    "SYNTROPISM_MARKET_BID_EXPIRY_CYCLES": "100000",
    "SYNTROPISM_MARKET_FIRST_BID_AMOUNT": "100",
    "SYNTROPISM_MARKET_FIRST_BID_CPU_SECONDS": "0.8",
    "SYNTROPISM_MARKET_FIRST_BID_MEMORY_MB": "48",
    "SYNTROPISM_MARKET_FIRST_BID_DURATION_SECONDS": "8",
    "SYNTROPISM_MARKET_MAX_PRICE_FACTOR": "2",
    "SYNTROPISM_CAPACITY_CPU_CORES": f"{SLOTS * 0.1:.3f}",
    "SYNTROPISM_CAPACITY_MEMORY_MB": str(SLOTS * 48),
    "SYNTROPISM_WORKER_SLOTS": str(SLOTS),
}
TICKS = os.sysconf("SC_CLK_TCK")


@frozen(slots=True)
class Measured:
    """What some workers did in ``seconds``: CPU is in seconds too."""

    seconds: float
    windows: int
    system_cpu: float
    agents_cpu: float


def cpu_seconds(process: int) -> float:
    """Of a process and its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def postgres_cpu(server: PostgresServer) -> float:
    """Of the server, its children that live and those that have ended."""
    assert server._process is not None
    parent = server._process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return cpu_seconds(parent) + sum(map(cpu_seconds, map(int, children)))


def measured(economy: Cluster, server: PostgresServer, seconds: float) -> Measured:
    """What is lived from now on."""

    def now() -> tuple[float, int, float, float]:
        ((windows, used),) = economy.rows(
            "SELECT count(*), coalesce(sum(used_cpu_ms), 0) / 1000.0 FROM executions "
            "WHERE status = 'completed'"
        )
        ours = sum(cpu_seconds(one.process.pid) for one in economy.all)
        return time.monotonic(), windows, ours + postgres_cpu(server), float(used)

    before = now()
    time.sleep(seconds)
    spent = [later - earlier for earlier, later in zip(before, now(), strict=True)]
    return Measured(spent[0], int(spent[1]), spent[2] - spent[3], spent[3])


def lived(folder: Path, seconds: float) -> Iterator[tuple[int, Measured]]:
    """The same economy with one worker, then with more and more."""
    server = PostgresServer()
    try:
        town = new_town(folder, SYNTROPISM_STORAGE_DATABASE_URL=server.fresh(), **SETTINGS)
        with cluster(town) as economy:
            economy.serve()
            first = economy.orchestrate("o1")
            eventually("a leader", lambda: "leading" in first.said)
            home = program(town.folder, "sleeper", AGENT)
            for number in range(AGENTS):
                name = f"a{number}"
                town.ok("agents", "create", name, "--from", home, "--credits", "100000")
            for workers in (1, 2, 4):
                while len(economy.all) < workers + 2:
                    economy.worker(f"w{len(economy.all)}")
                time.sleep(2 * SLEEPS_SECONDS)
                yield workers, measured(economy, server, seconds)
    finally:
        server.stop()


def rows(short: bool) -> Iterator[Row]:
    """Each number of workers against one; then the overhead."""
    with TemporaryDirectory(dir="/tmp") as folder:
        found = dict(lived(Path(folder), 15 if short else 60))
    alone = found[1]
    for workers in (2, 4):
        some = found[workers]
        assert alone.windows and some.windows, "nothing was lived"
        per_window = (some.seconds / some.windows, alone.seconds / alone.windows)
        yield Row(
            name=f"windows, {workers} workers against 1",
            ratios=(per_window[1] / per_window[0],),
            ours_seconds=per_window[0],
            baseline_seconds=per_window[1],
            target=workers * 0.75,
            speed=True,
            items=1,
            note=f"{1 / per_window[0]:.2f} against {1 / per_window[1]:.2f} windows/s",
        )
    for workers, one in found.items():
        ours, theirs = one.system_cpu / one.windows, one.agents_cpu / one.windows
        yield Row(
            name=f"CPU per window, {workers} workers",
            ratios=(ours / theirs,),
            ours_seconds=ours,
            baseline_seconds=theirs,
            target=None,
            speed=False,
            items=1,
            note=f"{1_000 * ours:.0f} ms of ours, {1_000 * theirs:.0f} ms of the agent's",
        )


if __name__ == "__main__":
    main(__doc__, rows)
