"""Windows die with their worker, however it goes, and its successor clears up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.contracts.sandbox.test_process import require_bubblewrap

from syntropism.adapters.process import SANDBOX_UID, ProcessSandbox
from syntropism.adapters.process.cgroups import PREFIX, find_cgroups
from syntropism.adapters.relay import ThreadedSocketRelay

REPOSITORY = Path(__file__).parents[3]

BEATING = """
import os, time
{fork}
while True:
    with open("beat.new", "w") as file:
        file.write(str(time.monotonic()))
    os.rename("beat.new", "beat")
    time.sleep(0.02)
"""
DAEMON = "os.fork() or (os.setsid(), os.fork() and os._exit(0)) or None"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    if os.geteuid() == 0:
        os.chown(workspace, SANDBOX_UID, SANDBOX_UID)
    (tmp_path / "syntropism_sdk.py").touch()
    return tmp_path


def _start_worker(folder: Path, how: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"}
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] += f":{os.environ['PYTHONPATH']}"
    script = Path(__file__).with_name("worker.py")
    worker = subprocess.Popen([sys.executable, str(script), str(folder), how], env=environment)
    until = time.monotonic() + 20
    while not (folder / "workspace" / "beat").exists():
        assert worker.poll() is None, "the worker ended"
        assert time.monotonic() < until, "the agent never came to life"
        time.sleep(0.02)
    return worker


def _still_beats(folder: Path) -> bool:
    beat = folder / "workspace" / "beat"
    before = beat.read_text()
    time.sleep(0.3)
    return beat.read_text() != before


@pytest.mark.parametrize("how", ["use", "bare"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killing_the_worker_kills_the_window(
    folder: Path, how: str, number: signal.Signals
) -> None:
    if how == "use":
        require_bubblewrap()
    (folder / "workspace" / "main.py").write_text(BEATING.format(fork=""))
    worker = _start_worker(folder, how)
    assert _still_beats(folder)
    worker.send_signal(number)
    worker.wait(10)
    time.sleep(0.2)
    assert not _still_beats(folder)


def test_daemons_die_with_the_worker_too(folder: Path) -> None:
    require_bubblewrap()
    (folder / "workspace" / "main.py").write_text(BEATING.format(fork=DAEMON))
    worker = _start_worker(folder, "use")
    assert _still_beats(folder)
    worker.kill()
    worker.wait(10)
    time.sleep(0.2)
    assert not _still_beats(folder)


def test_the_successor_clears_up(folder: Path) -> None:
    (folder / "workspace" / "main.py").write_text(BEATING.format(fork=""))
    worker = _start_worker(folder, "bare")
    successor = ProcessSandbox(
        folder / "run", folder / "syntropism_sdk.py", ThreadedSocketRelay(), False
    )
    successor.cleanup(0)
    assert _still_beats(folder)  # the first one lives
    worker.kill()
    worker.wait(10)
    time.sleep(0.2)
    assert successor.cleanup(0) >= 2
    assert list((folder / "run").iterdir()) == []
    cgroups = find_cgroups()
    if cgroups is not None:
        assert list(cgroups.memory.glob(f"{PREFIX}{worker.pid}-*")) == []
