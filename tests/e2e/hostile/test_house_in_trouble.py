"""The house fails an economy of containers: attempts are tried again, what is final is refunded,
and the operator reads one line about it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.sandbox.docker import IMAGE, OPTIONS, require_image
from tests.contracts.sandbox.test_process import lack_of
from tests.e2e.cli.driver import Town, refused

from syntropism.adapters.docker.client import connect
from syntropism.adapters.docker.workers import LABEL_AGENT

pytestmark = pytest.mark.xdist_group("docker")

SECONDS_MAX = 90.0
RUN = ("run", "--cycles", "1", "--human", "none", "--no-report")
ONCE_SLEEPING = """
import os, time
if not os.path.exists("been"):
    open("been", "w").close()
    time.sleep(60)
"""

BIDDING = """
from syntropism_sdk import Bundle, Me, run
run(lambda me: me.bid(Bundle(cpu_seconds=0.5, memory_mb=64, duration_seconds=10), amount=25))
"""


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS_MAX
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


class House:
    """An economy of one agent, which bids again by itself only when a window was refunded."""

    def __init__(self, folder: Path, source: str, image: str = IMAGE) -> None:
        Town(folder).ok("init", "town")
        settings = {
            "SYNTROPISM_API_PORT": "0",
            "SYNTROPISM_EXECUTION_SANDBOX": "docker",
            "SYNTROPISM_EXECUTION_IMAGE": image,
            "SYNTROPISM_POPULATION_GENESIS": "none",
            "SYNTROPISM_CYCLE_SECONDS": "4",
        }
        self.town = Town(folder / "town", **settings)
        home = folder / "home"
        home.mkdir()
        (home / "main.py").write_text(source)
        self.agent = self.town.json("agents", "create", "ada", "--from", str(home))["id"]
        self.workspace = self.town.folder / "workspaces" / f"agent-{self.agent}"

    def windows(self) -> list[dict[str, Any]]:
        """Oldest first."""
        items: list[dict[str, Any]] = self.town.json("executions", "list")["items"]
        return sorted(items, key=lambda one: str(one["queued_at"]))

    def credits(self) -> float:
        """What the agent has, with what is held for its open bid."""
        found = self.town.json("agents", "list")["items"][0]
        return float(found["balance"] + found["held"])

    def assert_refunded_once(self, window: dict[str, Any]) -> None:
        """It is final, its payment came back by exactly one transfer, and the books agree."""
        assert (window["status"], window["refunded"]) == ("dead_lettered", True), window
        transfers = self.town.json("ledger", "show", "--limit", "200")["items"]
        back = [one for one in transfers if (one["debit"], one["credit"]) == ("burn", self.agent)]
        mine = [one for one in back if one["reference"] == window["id"]]
        assert [one["amount"] for one in mine] == [window["payment"]], back
        letters = self.town.json("dead-letters", "list")["items"]
        assert window["id"] in {one.get("execution_id", one["id"]) for one in letters}
        assert self.town.json("audit")["ok"]

    def containers(self) -> list[Any]:
        """Those of its agent, on the daemon that ``DOCKER_HOST`` names."""
        client = connect(OPTIONS)
        label = f"{LABEL_AGENT}={self.agent}"
        found: list[Any] = client.containers(all=True, filters={"label": label})
        client.close()
        return found


def warnings(text: str, words: str) -> list[str]:
    return [line for line in text.splitlines() if words in line]


@contextmanager
def tagged() -> Iterator[str]:
    """The runner image by a name of its own, which may be taken away."""
    require_image()
    name, tag = IMAGE.split(":")[0], f"trouble-{os.getpid()}"
    client = connect(OPTIONS)
    client.tag(IMAGE, name, tag)
    try:
        yield f"{name}:{tag}"
    finally:
        with suppress(Exception):
            client.remove_image(f"{name}:{tag}", noprune=True)
        client.close()


class Daemon:
    """A Docker daemon of one's own, which may be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["dockerd", "--data-root", f"{self.folder}/data", "--bridge", "none"]
        command += ["--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid"]
        command += ["--iptables=false", "-H", self.address]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self._answers)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()[-500:]
        asked = subprocess.run(
            ["docker", "-H", self.address, "version"], capture_output=True, check=False
        )
        return asked.returncode == 0

    def end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)
            self._process = None


@pytest.fixture
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    require_image()
    if os.geteuid() != 0 or shutil.which("dockerd") is None or shutil.which("docker") is None:
        lack_of("only root can start a Docker daemon of its own")
    folder = Path("/tmp") / f"syntropism-daemon-{os.getpid()}"  # a socket's path must be short
    folder.mkdir(mode=0o700)
    own = Daemon(folder)
    try:
        own.start()
        image = folder / "image.tar"
        subprocess.run(["docker", "save", "-o", str(image), IMAGE], check=True)
        subprocess.run(["docker", "-H", own.address, "load", "-qi", str(image)], check=True)
        image.unlink()
        yield own
    finally:
        if own._process is None:  # a killed one leaves its containerd behind: this one ends it
            own.start()
        own.end(signal.SIGTERM)
        data = ["umount", f"{folder}/data"]  # what the killed one had mounted is mounted still
        for _ in range(10):
            if subprocess.run(data, capture_output=True, check=False).returncode:
                break
        shutil.rmtree(folder, ignore_errors=True)


def test_a_daemon_that_is_killed_in_mid_window(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.address)
    house = House(tmp_path, ONCE_SLEEPING)
    before = house.credits()
    run = house.town.start(*RUN)
    wait_for((house.workspace / "been").exists)
    daemon.end(signal.SIGKILL)
    _, told = run.communicate(timeout=SECONDS_MAX)
    assert run.returncode == 0, told
    assert len(warnings(told, "Docker daemon broke off in mid-window")) == 1, told
    assert len(warnings(told, "is the Docker daemon running")) <= 1, told
    assert "Traceback" not in told
    [window] = house.windows()
    assert window["attempt"] > 1
    house.assert_refunded_once(window)
    assert house.credits() == before
    refused(house.town(*RUN), 3, "is the Docker daemon running")
    daemon.start()
    house.town.ok(*RUN)
    assert [one["status"] for one in house.windows()] == ["dead_lettered", "completed"]
    assert house.containers() == []
    house.assert_refunded_once(house.windows()[0])


def test_an_image_that_is_removed_between_windows(tmp_path: Path) -> None:
    with tagged() as image:
        house = House(tmp_path, BIDDING, image)
        run = house.town.start("run", "--human", "none", "--no-report")
        wait_for(lambda: [one["status"] for one in house.windows()] > ["completed"])
        client = connect(OPTIONS)
        client.remove_image(image, noprune=True)
        wait_for(lambda: any(one["refunded"] for one in house.windows()))
        client.tag(IMAGE, *image.split(":"))
        client.close()
        wait_for(lambda: house.windows()[-1]["status"] == "completed")
        run.send_signal(signal.SIGINT)
        _, told = run.communicate(timeout=SECONDS_MAX)
    assert run.returncode == 0, told
    assert len(warnings(told, "`syntropism runner build` makes it")) == 1, told
    lost = [one for one in house.windows() if one["status"] == "dead_lettered"]
    assert lost
    for window in lost:
        house.assert_refunded_once(window)


def test_a_service_socket_that_is_removed_in_mid_window_costs_one_attempt(tmp_path: Path) -> None:
    require_image()
    house = House(tmp_path, ONCE_SLEEPING)
    run = house.town.start(*RUN)
    wait_for((house.workspace / "been").exists)
    assert len(house.containers()) == 1
    for root in (house.town.folder / "run", Path("/tmp")):
        for folder in root.glob(f"syntropism-window.*-{run.pid}-*"):
            (folder / "service.sock").unlink()
    _, told = run.communicate(timeout=SECONDS_MAX)
    assert len(warnings(told, "service socket")) == 1, told
    [window] = house.windows()
    assert (window["status"], window["attempt"], window["refunded"]) == ("completed", 2, False)
    assert house.town.json("audit")["ok"]
    assert house.containers() == []


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    require_image()
    house = House(tmp_path, "")
    before = house.credits()
    run = house.town.folder / "run"
    run.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(run)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        lack_of("this user cannot mount a small file system")
    try:
        done = house.town(*RUN)
    finally:
        subprocess.run(["umount", str(run)], check=True)
    assert done.returncode == 0, done.stderr
    assert len(warnings(done.stderr, "No space left on device")) == 1, done.stderr
    [window] = house.windows()
    house.assert_refunded_once(window)
    assert house.credits() == before
    house.town.ok(*RUN)
    assert house.windows()[-1]["status"] == "completed"
