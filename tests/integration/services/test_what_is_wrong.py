"""What each service says, and whether it waits, when something around it is wrong: one clear line
each. The table of this is in docs/guides/services.md."""

import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import Town, refused
from tests.servers.fake_nats import fake_nats
from tests.servers.postgres import free_port

from syntropism.entrypoints.cli import serving
from syntropism.entrypoints.services.clocks import ClockWatch
from syntropism.entrypoints.services.patience import Patience

pytest.importorskip("psycopg")
pytest.importorskip("nats")

from syntropism.adapters.nats import link
from syntropism.adapters.sql import postgres_sessions

SERVICES = {
    "serve": ("serve", "--port", "0"),
    "orchestrate": ("orchestrate", "--human", "none"),
    "worker": ("worker", "--api", "http://127.0.0.1:9", "--sandbox", "process"),
}
WITH_DATABASE = ("serve", "orchestrate")


@pytest.fixture
def town(tmp_path) -> Town:
    return new_town(tmp_path, SYNTROPISM_WORKER_TOKEN="t", SYNTROPISM_LOG_LEVEL="warning")


@pytest.fixture
def impatient(monkeypatch):
    """Whoever begins to wait is asked to end."""
    wait = Patience.failed

    def once(self, failure, **more):
        self._stop.set()
        wait(self, failure, **more)

    monkeypatch.setattr(Patience, "failed", once)
    monkeypatch.setattr(link, "CONNECT_SECONDS", 0.5)


@pytest.fixture
def short(monkeypatch):
    """Who is at work is asked to end, once."""
    signals = [signal.SIGTERM]

    def look(*_):
        while signals:
            os.kill(os.getpid(), signals.pop())

    monkeypatch.setattr(serving, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(link, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(ClockWatch, "look", look)


def nats_settings(url: str) -> dict[str, str]:
    """NATS for everything that it can be used for."""
    return {
        "SYNTROPISM_NATS_URL": url,
        "SYNTROPISM_NATS_QUEUE": "jetstream",
        "SYNTROPISM_NATS_SNAPSHOTS": "true",
    }


def waits(done, *words: str) -> None:
    """It said so in one line, and ended well when it was asked to."""
    assert done.returncode == 0, done.stderr
    (line,) = [one for one in done.stderr.splitlines() if "bubblewrap" not in one]
    assert line.endswith("; trying again")
    assert all(word in line for word in words), line
    assert "hunter2" not in line


@pytest.mark.parametrize("service", WITH_DATABASE)
@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nonsense", "database"),
        ("mysql://me@host/economy", "database"),
        ("postgresql://me@host/", "names no database"),
    ],
)
def test_a_url_of_no_database_is_refused(town, service, url, word):
    done = town.inside(*SERVICES[service], "--db", url)
    assert done.returncode in (2, 3)
    refused(done, done.returncode, word)


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_database_that_does_not_answer_is_waited_for(town, service, impatient):
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/economy"
    waits(town.inside(*SERVICES[service], "--db", url), "does not answer")


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_wrong_password_is_not_waited_for(town, service, postgres_url):
    wrong = postgres_url.replace("not%20a%20secret", "hunter2")
    done = town.inside(*SERVICES[service], "--db", wrong)
    refused(done, 3, "refused the password: correct it in the URL")
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_database_without_a_connection_left_is_waited_for(town, service, postgres, impatient):
    postgres.run("DROP ROLE IF EXISTS crowd")
    postgres.run("CREATE ROLE crowd LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 0")
    url = postgres.shared().replace("economy:not%20a%20secret", "crowd:hunter2")
    waits(town.inside(*SERVICES[service], "--db", url), "no connection left")


@pytest.mark.parametrize("service", WITH_DATABASE)
@pytest.mark.parametrize(
    ("revision", "words"),
    [("0001", "run `syntropism db upgrade`"), ("9999", "install a newer syntropism")],
)
def test_another_schema_is_not_waited_for(town, service, revision, words):
    town.ok("db", "upgrade")
    with closing(sqlite3.connect(town.folder / "economy.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        database.commit()
    refused(town.inside(*SERVICES[service]), 3, words)


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_clock_that_is_off_is_refused_at_the_start(town, service, postgres_url, monkeypatch):
    def late() -> datetime:
        return datetime.now(UTC) - timedelta(seconds=40)

    monkeypatch.setattr(postgres_sessions, "local_now", late)
    done = town.inside(*SERVICES[service], "--db", postgres_url)
    refused(done, 3, "seconds behind", "NTP", "storage.clock_skew_seconds_max")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("server", "words"),
    [
        ({"version": "2.10.27"}, "is version 2.10.27; 2.11 or newer is needed"),
        ({"version": "2.9.0"}, "is version 2.9.0; 2.11 or newer is needed"),
        ({"refuses": True}, "refuses us"),
        ({"jetstream": False}, "start it with --jetstream"),
    ],
)
def test_a_nats_server_that_cannot_be_used_is_not_waited_for(town, service, server, words):
    with fake_nats(**server) as url:
        done = town.inside(*SERVICES[service], **nats_settings(url))
    refused(done, 3, words)
    assert "hunter2" not in done.stderr


def test_a_nats_server_that_does_not_answer_is_waited_for(town, impatient):
    """Workers too, once the economy has taken them: see test_shift."""
    url = f"nats://me:hunter2@127.0.0.1:{free_port()}"
    waits(town.inside(*SERVICES["orchestrate"], **nats_settings(url)), "no NATS server answers")


def test_the_api_goes_on_without_the_nats_server_that_it_waits_for(town, short):
    url = f"nats://me:hunter2@127.0.0.1:{free_port()}"
    done = town.inside(*SERVICES["serve"], **nats_settings(url))
    assert done.returncode == 0
    assert "API: http://127.0.0.1:" in done.stdout
    waits(done, "no NATS server answers")


@pytest.mark.parametrize("service", ["orchestrate", "worker"])
def test_who_does_not_need_nats_does_not_ask_for_it(town, service, impatient, short):
    """An orchestrator only publishes by way of the database, a worker takes windows of the API."""
    with fake_nats(version="2.9.0") as url:
        done = town.inside(*SERVICES[service], SYNTROPISM_NATS_URL=url)
    assert done.returncode == 0, done.stderr
    assert "NATS" not in done.stderr


def test_a_url_of_no_nats_server_is_refused(town):
    for service in SERVICES:
        refused(town.inside(*SERVICES[service], SYNTROPISM_NATS_URL="localhost"), 2, "nats")
