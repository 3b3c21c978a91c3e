"""An agent in an isolated network speaks NATS, with a credential of its own."""

from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import IMAGE, require_image
from tests.e2e.cli.driver import Town
from tests.servers.nats import NatsServer, require_nats

pytestmark = pytest.mark.xdist_group("docker")

AGENT = """
import os
from syntropism_sdk import Bundle, NatsTransport, connect, run

def live(me):
    print(os.environ["NATS_URL"].startswith("nats://198.1"), type(me._transport).__name__)
    me.bid(Bundle(cpu_seconds=0.5, memory_mb=64, duration_seconds=10), amount=25)
    print(me.balance > 0)

run(live)
"""


def test_an_agent_lives_over_nats(tmp_path: Path) -> None:
    require_image()
    require_nats()
    pytest.importorskip("nkeys")
    from tests.integration.nats.test_callout import account_seed, config

    from syntropism.adapters.nats.callout import Signer

    folder = tmp_path / "nats"
    folder.mkdir()
    seed = account_seed()
    server = NatsServer(folder, config(Signer(seed).public)).start()
    try:
        Town(tmp_path).ok("init", "town")
        town = Town(
            tmp_path / "town",
            SYNTROPISM_API_PORT="0",
            SYNTROPISM_EXECUTION_SANDBOX="docker",
            SYNTROPISM_EXECUTION_IMAGE=IMAGE,
            SYNTROPISM_EXECUTION_NETWORK="isolated",
            SYNTROPISM_NATS_URL=server.url.replace("nats://", "nats://api:secret@"),
            SYNTROPISM_NATS_SIGNING_KEY=seed,
            SYNTROPISM_POPULATION_GENESIS="none",
        )
        sources = tmp_path / "speaker"
        sources.mkdir()
        (sources / "main.py").write_text(AGENT)
        town.ok("agents", "create", "ada", "--from", str(sources), "--credits", "500")
        town.ok("run", "--cycles", "1", "--human", "none", "--no-report")
        (window,) = town.json("executions", "list")["items"]
        log = town.json("executions", "logs", window["id"])["log"]
        assert (window["status"], log) == ("completed", "True NatsTransport\nTrue\n"), window
        assert town.json("status")["open_bids"] == 1
    finally:
        server.stop()
