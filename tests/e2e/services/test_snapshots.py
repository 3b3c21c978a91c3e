"""Workers that share no folder: what an agent wrote at one of them is there at the next."""

from pathlib import Path

from tests.e2e.cli.conftest import new_town
from tests.e2e.services.processes import Cluster, cluster, eventually
from tests.e2e.services.test_services import SETTINGS, born
from tests.servers.nats import NatsServer

LIVES = 5
DIARIST = f"""
import json, pathlib, time
from syntropism_sdk import Bundle, connect
me = connect()
file = pathlib.Path("state.json")
state = json.loads(file.read_text()) if file.exists() else {{"lives": 0}}
state["lives"] += 1
file.write_text(json.dumps(state))
print("life", state["lives"], flush=True)
time.sleep(0.3)
if state["lives"] < {LIVES}:
    me.bid(Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=6), amount=60)
"""


def lived(economy: Cluster, agent: str) -> list[tuple[str, str]]:
    """What was said in each completed window, in order, and at which worker."""
    return economy.rows(
        "SELECT l.log, e.worker_id FROM executions e JOIN execution_logs l "
        "ON l.execution_id = e.id AND l.attempt = e.attempt "
        "WHERE e.agent_id = ? AND e.status = 'completed' ORDER BY e.id",
        agent,
    )


def test_a_workspace_moves_when_its_worker_is_killed(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    town = new_town(
        tmp_path,
        **SETTINGS,
        SYNTROPISM_NATS_URL=nats_server.url,
        SYNTROPISM_NATS_SNAPSHOTS="true",
    )
    with cluster(town) as economy:
        economy.serve()
        economy.orchestrate("o1")
        first = economy.worker("w1", SYNTROPISM_STORAGE_FOLDER=str(tmp_path / "here"))
        ada = born(economy, "ada", DIARIST)
        eventually("two lives", lambda: len(lived(economy, ada)) >= 2)
        first.kill()
        economy.worker("w2", SYNTROPISM_STORAGE_FOLDER=str(tmp_path / "there"))
        eventually("all lives", lambda: len(lived(economy, ada)) >= LIVES, 120)
        told = lived(economy, ada)
        assert [log.strip() for log, _ in told] == [f"life {n}" for n in range(1, LIVES + 1)]
        assert {worker for _, worker in told} == {"w1", "w2"}
        state = tmp_path / "there" / "workspaces" / f"agent-{ada}" / "state.json"
        assert state.read_text() == f'{{"lives": {LIVES}}}'
        left = tmp_path / "here" / "workspaces" / f"agent-{ada}"
        assert left.is_dir()
        economy.worker("w1", SYNTROPISM_STORAGE_FOLDER=str(tmp_path / "here"))
        eventually("the host it came from is swept", lambda: not left.exists())
        assert state.is_file()
        shown = economy.town.json("agents", "show", "ada", "--files")
        assert {"main.py", "state.json"} <= {one["path"] for one in shown["files"]}
        economy.require_lawful()


def test_a_worker_that_would_not_see_what_others_wrote_is_refused(tmp_path: Path) -> None:
    town = new_town(tmp_path, **SETTINGS)
    with cluster(town) as economy:
        economy.serve()
        token = town.json("token", "issue", "crew", "--role", "worker")["token"]
        refused = economy.start(
            "w1",
            *("worker", "--api", economy.address),
            SYNTROPISM_WORKER_TOKEN=token,
            SYNTROPISM_NATS_URL="nats://127.0.0.1:9",
            SYNTROPISM_NATS_SNAPSHOTS="true",
        )
        assert refused.process.wait(60) == 3
        assert "nats.snapshots is false where `serve` runs, and true here" in refused.said
