"""What goes wrong at the start is one line; what may come back is waited for."""

import re

import pytest
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import Town, refused
from tests.e2e.services.processes import Cluster, cluster, eventually
from tests.e2e.services.test_services import SETTINGS

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def town(tmp_path):
    return new_town(tmp_path, **SETTINGS)


@pytest.fixture
def economy(town):
    with cluster(town) as made:
        yield made


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "words"),
    [
        ((), {}, 2, ("needs a token", "token issue")),
        (("--api", "https://example.org"), {"SYNTROPISM_WORKER_TOKEN": "t"}, 2, ("plain HTTP",)),
        (("--api", "ftp://x"), {"SYNTROPISM_WORKER_TOKEN": "t"}, 2, ("worker.api_url",)),
        (("--api", "http://x:99999"), {"SYNTROPISM_WORKER_TOKEN": "t"}, 2, ("has no port",)),
        (
            ("--api", "http://no-such-host.invalid:1"),
            {"SYNTROPISM_WORKER_TOKEN": "t"},
            3,
            ("no-such-host.invalid",),
        ),
        (("--name", "a b"), {"SYNTROPISM_WORKER_TOKEN": "t"}, 2, ("worker.name",)),
        (("--sandbox", "inprocess"), {"SYNTROPISM_WORKER_TOKEN": "t"}, 2, ("process or docker",)),
    ],
)
def test_a_worker_that_cannot_work_says_why(town: Town, arguments, settings, code, words):
    refused(town.inside("worker", *arguments, **settings), code, *words)


def test_a_token_in_a_file_is_refused(town: Town):
    file = town.folder / "syntropism.toml"
    file.write_text(file.read_text() + '\n[worker]\ntoken = "syn_secret"\n')
    refused(town.inside("status"), 2, "environment only")


def test_a_token_is_never_shown(town: Town):
    shown = town.ok("config", "show", "--json", SYNTROPISM_WORKER_TOKEN="syn_secret")
    assert "syn_secret" not in shown
    assert "***" in shown


def test_an_unknown_human_is_one_line(town: Town):
    refused(town.inside("orchestrate", "--human", "nobody-known"), 2, "attention.human")


def test_a_database_server_that_is_not_there_is_waited_for(economy: Cluster):
    url = "postgresql://nobody@127.0.0.1:9/economy"
    service = economy.start("orchestrate", "orchestrate", "--db", url)
    eventually("that it waits", lambda: "trying again" in service.said)
    assert service.ask_to_end() == 0, service.said
    assert len(service.said.splitlines()) == 1, service.said


def test_workers_are_refused_or_wait_and_each_is_told_in_one_line(economy: Cluster):
    economy.serve()
    viewer = economy.town.json("token", "issue", "eye", "--role", "viewer")["token"]
    for token, word in (("syn_wrong", "not valid"), (viewer, "needs the role worker")):
        done = economy.town.inside(
            "worker", "--api", economy.address, SYNTROPISM_WORKER_TOKEN=token
        )
        refused(done, 3, "does not take this worker", word)
    economy.worker("w1")
    twin = economy.town.inside(
        "worker", "--name", "w1", "--api", economy.address, SYNTROPISM_WORKER_TOKEN="t"
    )
    refused(twin, 3, "there is a worker w1 here already")
    lost = economy.start("lost", "worker", "--api", NOBODY, SYNTROPISM_WORKER_TOKEN="t")
    eventually("that it waits", lambda: "trying again" in lost.said)
    assert lost.ask_to_end() == 0
    assert len(lost.said.splitlines()) == 1, lost.said


def test_a_run_takes_no_workers_and_says_so(economy: Cluster):
    run = economy.start("run", "run", "--human", "none", "--no-report")
    found = eventually("the API", lambda: re.search(r"API: (http://\S+)/api/v1", run.said))
    token = economy.town.json("token", "issue", "crew", "--role", "worker")["token"]
    done = economy.town.inside("worker", "--api", found[1], SYNTROPISM_WORKER_TOKEN=token)
    refused(done, 3, "takes no workers", "syntropism serve")
    refused(economy.town.inside("serve"), 3, "another process runs the economy")
