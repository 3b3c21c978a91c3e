"""API, workers and orchestrators as processes on one database; and what killing them costs."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import new_town
from tests.e2e.services.processes import Cluster, cluster, eventually, program

SLEEPER = "import time\ntime.sleep(3)\n"
"""Acts never: what is lost of it can be tried again."""

TALKER = """
import time
from syntropism_sdk import connect
me = connect()
me.reason("I was here")
time.sleep(30)
"""
"""Has acted: what is lost of it cannot be tried again."""


SETTINGS = {
    "SYNTROPISM_CYCLE_SECONDS": "1",
    "SYNTROPISM_SERVICES_LEAD_SECONDS": "3",
    "SYNTROPISM_SERVICES_LEASE_SECONDS": "3",
    "SYNTROPISM_POPULATION_GENESIS": "none",
    "SYNTROPISM_MARKET_FIRST_BID_AMOUNT": "120",
    "SYNTROPISM_MARKET_FIRST_BID_DURATION_SECONDS": "6",
    "SYNTROPISM_CAPACITY_CPU_CORES": "1",
    "SYNTROPISM_CAPACITY_MEMORY_MB": "512",
    "SYNTROPISM_WORKER_DRAIN_SECONDS": "20",
}
"""Quick cycles and short leases; one core per worker, so that it takes several."""


@pytest.fixture
def economy(tmp_path: Path):
    town = new_town(tmp_path, **SETTINGS)
    with cluster(town) as made:
        yield made


def born(cluster: Cluster, name: str, text: str) -> str:
    home = program(cluster.town.folder, name, text)
    made = cluster.town.json("agents", "create", name, "--from", home, "--credits", "500")
    return str(made["id"])


def window(cluster: Cluster, agent: str):
    """Status, attempt and worker of the first window of an agent."""
    rows = cluster.rows(
        "SELECT status, attempt, worker_id, refunded FROM executions WHERE agent_id = ? "
        "ORDER BY id LIMIT 1",
        agent,
    )
    return rows[0] if rows else ("", 0, None, 0)


def probe(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_killed_workers_and_leaders_cost_nobody_anything(economy: Cluster):
    killed_and_lawful(economy)


def test_the_same_on_postgresql(tmp_path: Path, postgres_url: str):
    town = new_town(tmp_path, SYNTROPISM_STORAGE_DATABASE_URL=postgres_url, **SETTINGS)
    with cluster(town) as made:
        killed_and_lawful(made)


def killed_and_lawful(economy: Cluster) -> None:
    """Kills workers in mid-window and the leader, then asks everybody to end."""
    api = economy.serve()
    first = economy.orchestrate("o1")
    workers = economy.workers("w1", "w2", "w3")
    eventually("a leader", lambda: "leading" in first.said)
    second = economy.orchestrate("o2")
    sleeper, talker = born(economy, "sleeper", SLEEPER), born(economy, "talker", TALKER)

    # A worker is killed while it lives a window that has done nothing: it is tried again.
    _, _, host, _ = eventually(
        "a sleeper at work",
        lambda: (found := window(economy, sleeper))[0] == "running" and found,
    )
    workers.pop(host).kill()
    eventually("another attempt", lambda: window(economy, sleeper)[:2] == ("completed", 2))
    assert window(economy, sleeper)[2] in workers

    # A worker is killed while it lives a window that has acted: it is refunded, and bid again.
    status = window(economy, talker)
    if status[0] == "running" and status[2] in workers:
        eventually(
            "that the talker acts",
            lambda: (
                economy.rows("SELECT 1 FROM executions WHERE agent_id = ? AND acted", talker)
                or window(economy, talker)[0] != "running"
            ),
        )
    talking = window(economy, talker)
    if talking[0] == "running":
        workers.pop(talking[2]).kill()
        eventually("a dead letter", lambda: window(economy, talker)[0] == "dead_lettered")
        assert window(economy, talker)[3], "it was refunded"

    # The leader is killed: the one that stands by takes over when its lead is over.
    before = economy.cycle()
    moment = time.monotonic()
    first.kill()
    eventually("another leader", lambda: "leading, under fencing number 2" in second.said)
    taken = time.monotonic() - moment
    eventually("that cycles go on", lambda: economy.cycle() > before + 1)
    assert taken < 3 + 15, "a lead lasts three seconds; the rest is the machine's"

    # Everybody is asked to end: what is under way is lived to its end, or given back.
    for name in ("sleeper", "talker"):
        economy.town.ok("agents", "kill", name)
    for one in (*workers.values(), second, api):
        assert one.ask_to_end() == 0, one.said
        assert "Traceback" not in one.said
    economy.town.ok("run", "--cycles", "1", "--human", "none", "--no-report")
    economy.require_lawful()


def test_a_drained_worker_ends_its_windows_and_a_leader_that_ends_is_replaced_at_once(
    economy: Cluster,
):
    api = economy.serve()
    worker = economy.worker("w1")
    first = economy.orchestrate("o1")
    eventually("a leader", lambda: "leading" in first.said)
    second = economy.orchestrate("o2")
    sleeper = born(economy, "sleeper", SLEEPER)
    eventually("a sleeper at work", lambda: window(economy, sleeper)[0] == "running")
    assert worker.ask_to_end() == 0
    assert window(economy, sleeper)[:2] == ("completed", 1), worker.said
    assert "draining 1 windows" in worker.said
    assert economy.rows("SELECT draining FROM workers") == [(1,)]

    # Without workers the market is closed: no cycle passes in which nobody could buy.
    waits = eventually("that cycles rest", lambda: _resting(economy))
    assert first.ask_to_end() == 0
    eventually("another leader", lambda: "leading, under fencing number 2" in second.said)
    assert economy.cycle() == waits
    economy.worker("w2")
    eventually("that cycles go on", lambda: economy.cycle() > waits)
    assert second.ask_to_end() == 0

    # Who must be alone is refused while others are there.
    alone = economy.town.inside("run", "--cycles", "1", "--human", "none", "--no-report")
    assert alone.returncode == 3
    assert "another process runs the economy" in alone.stderr
    assert api.ask_to_end() == 0


def _resting(economy: Cluster) -> int:
    now = economy.cycle()
    time.sleep(2.5)
    return now if economy.cycle() == now else 0


def test_probes_tell_the_truth(economy: Cluster):
    api = economy.serve()
    port = int(economy.address.rpartition(":")[2])
    assert (probe(port, "/healthz"), probe(port, "/readyz")) == (200, 200)
    spare = 20_000 + os.getpid() % 20_000
    worker = economy.worker("w1", "--health-port", str(spare))
    leader = economy.orchestrate("o1", "--health-port", str(spare + 1))
    for one in (spare, spare + 1):
        eventually("that it is ready", lambda one=one: _asked(one, "/readyz") == 200)
        assert probe(one, "/healthz") == 200
        assert probe(one, "/nothing") == 404
    api.kill()
    eventually("that a worker without its API is not ready", lambda: probe(spare, "/readyz") == 503)
    assert probe(spare, "/healthz") == 200
    leader.process.send_signal(signal.SIGTERM)
    assert leader.process.wait(30) == 0
    assert worker.ask_to_end() == 0


def _asked(port: int, path: str) -> int:
    try:
        return probe(port, path)
    except OSError:
        return 0


def test_two_apis_and_several_processes_found_one_economy(economy: Cluster):
    apis = [economy.start(f"api{one}", "serve", "--port", "0", "--json") for one in (1, 2)]
    leaders = [economy.orchestrate(f"o{one}", "--cycles", "1") for one in (1, 2)]
    told = [
        json.loads(eventually("an API", lambda one=one: one.said.partition("\n")[0]))
        for one in apis
    ]
    assert sum(one["token"] is not None for one in told) == 1
    economy.address = told[0]["address"]
    economy.worker("w1")
    for one in leaders:
        assert one.process.wait(60) == 0, one.said
    assert economy.rows("SELECT count(*) FROM accounts WHERE id = 'treasury'") == [(1,)]
    economy.require_lawful()
