"""Services of one economy that tell each other over JetStream."""

from pathlib import Path

from tests.e2e.cli.conftest import new_town
from tests.e2e.services.processes import cluster, eventually
from tests.e2e.services.test_services import born, window
from tests.servers.nats import NatsServer

BRIEF = "import time\ntime.sleep(1)\n"


def test_windows_are_told_over_jetstream_and_events_are_out(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    from tests.integration.nats.history import linked, out

    town = new_town(
        tmp_path,
        SYNTROPISM_NATS_URL=nats_server.url,
        SYNTROPISM_NATS_QUEUE="jetstream",
        SYNTROPISM_CYCLE_SECONDS="1",
        SYNTROPISM_SERVICES_LEAD_SECONDS="3",
        SYNTROPISM_SERVICES_LEASE_SECONDS="3",
        SYNTROPISM_POPULATION_GENESIS="none",
        SYNTROPISM_MARKET_FIRST_BID_AMOUNT="120",
        SYNTROPISM_MARKET_FIRST_BID_DURATION_SECONDS="6",
        SYNTROPISM_CAPACITY_CPU_CORES="1",
        SYNTROPISM_CAPACITY_MEMORY_MB="512",
    )
    with cluster(town) as economy, linked(nats_server.url) as link:
        economy.serve()
        first = economy.orchestrate("o1")
        eventually("a leader", lambda: "leading" in first.said)
        economy.worker("w1")
        ada = born(economy, "ada", BRIEF)
        eventually("a window", lambda: window(economy, ada)[0] == "completed")
        state = link.call(link.jetstream.stream_info("WORK")).state
        assert state.last_seq >= 1
        told = [row[0] for row in economy.rows("SELECT id FROM events ORDER BY sequence")]
        eventually("events", lambda: out(link)[: len(told)] == told)
        economy.require_lawful()
