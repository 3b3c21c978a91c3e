"""An economy in containers, killed in mid-window: nothing is left behind, nothing charged twice."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import IMAGE, OPTIONS, require_image
from tests.e2e.cli.driver import Town

from syntropism.adapters.docker.client import connect
from syntropism.adapters.docker.workers import LABEL_AGENT

pytestmark = pytest.mark.xdist_group("docker")

SECONDS_MAX = 60.0


@pytest.fixture(params=["none", "isolated"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Town:
    require_image()
    Town(tmp_path).ok("init", "town")
    settings = {
        "SYNTROPISM_API_PORT": "0",
        "SYNTROPISM_EXECUTION_SANDBOX": "docker",
        "SYNTROPISM_EXECUTION_IMAGE": IMAGE,
        "SYNTROPISM_EXECUTION_NETWORK": request.param,
        "SYNTROPISM_POPULATION_GENESIS": "none",
        "SYNTROPISM_CYCLE_SECONDS": "4",
    }
    return Town(tmp_path / "town", **settings)


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS_MAX
    while not what():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_killed_economy_leaves_no_container_and_charges_once(town: Town) -> None:
    home = town.folder / "agents" / "sleeper"
    home.mkdir(parents=True)
    (home / "main.py").write_text("import time\ntime.sleep(60)\n")
    town.ok("agents", "create", "sleeper", "--from", str(home))
    sleeper = town.json("agents", "list")["items"][0]["id"]
    client = connect(OPTIONS)

    ours = {"label": f"{LABEL_AGENT}={sleeper}"}
    isolated = town.settings["SYNTROPISM_EXECUTION_NETWORK"] == "isolated"

    def containers() -> list[object]:
        found: list[object] = client.containers(all=True, filters=ours)
        return found

    def running() -> bool:
        """The agent, and its gateway if it has one, have been made."""
        return len(containers()) == 1 + isolated

    run = town.start("run", "--human", "none", "--no-report")
    wait_for(lambda: run.poll() is not None or running())
    assert run.poll() is None, run.communicate()
    run.kill()
    run.communicate(timeout=60)
    assert containers()
    assert len(client.networks(filters=ours)) == isolated
    town.ok("run", "--cycles", "1", "--human", "none", "--no-report")
    assert containers() == []
    assert client.networks(filters=ours) == []
    client.close()
    windows = town.json("executions", "list", "--agent", "sleeper")["items"]
    assert len(windows) == 1
    assert (windows[0]["status"], windows[0]["attempt"]) == ("timed_out", 2)
    transfers = town.json("ledger", "show", "--limit", "200")["items"]
    paid = [one["amount"] for one in transfers if one["kind"] == "payment"]
    assert paid == [windows[0]["payment"]]
    assert [one for one in transfers if one["debit"] == "burn"] == []
    assert town.json("audit")["ok"]
