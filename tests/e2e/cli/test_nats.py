"""``syntropism run`` with NATS: what happened is out when the command ends."""

from pathlib import Path

import pytest
from tests.e2e.cli.driver import Town, refused
from tests.servers.nats import NatsServer


def test_the_whole_history_is_out_when_a_run_ends(town: Town, nats_server: NatsServer) -> None:
    from tests.integration.nats.history import linked, out

    from syntropism.adapters.nats.values import Values

    settings = {"SYNTROPISM_NATS_URL": nats_server.url}
    for _ in range(2):
        town.ok("run", "--cycles", "2", "--human", "none", "--no-report", **settings)
    with linked(nats_server.url) as link:
        published = out(link)
        cores = Values(link, "prices").get("cpu_cores")
    assert cores is not None
    assert cores["cycle"] >= 3  # the last may wait for the next run
    from syntropism.adapters.sql.store import SqlStore
    from syntropism.adapters.system.clock import SystemClock

    store = SqlStore(f"sqlite:///{town.folder}/economy.db", SystemClock())
    with store(read_only=True) as uow:
        assert [event.id for event in uow.events.since(0, 10_000)] == published
    store.close()


def test_a_server_that_is_away_stops_nobody(town: Town, own_nats: NatsServer) -> None:
    own_nats.stop()
    done = town.inside(
        "run", "--cycles", "1", "--human", "none", "--no-report", SYNTROPISM_NATS_URL=own_nats.url
    )
    assert done.returncode == 0
    warned = [line for line in done.stderr.splitlines() if line.startswith("warning: no NATS")]
    assert len(warned) == 1


def test_a_server_that_refuses_us_ends_the_command(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    server = NatsServer(folder, "authorization { user: me, password: secret }\n").start()
    try:
        url = server.url.replace("nats://", "nats://me:wrong@")
        done = town.inside("run", "--human", "none", SYNTROPISM_NATS_URL=url)
        assert done.stderr.splitlines()[-1].startswith("error: NATS at nats://127.0.0.1")
        assert "wrong@" not in done.stderr
        assert done.returncode == 3
    finally:
        server.stop()


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:4222", "nats://"])
def test_an_address_that_is_none(town: Town, url: str) -> None:
    refused(town.inside("run", SYNTROPISM_NATS_URL=url), 2, "nats.url", "nats://127.0.0.1:4222")
