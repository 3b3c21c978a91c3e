"""Hostile agents side by side: each gets its own end, the decent ones notice nothing."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.service import fake_service
from tests.contracts.sandbox.test_process import require_bubblewrap

from syntropism.adapters.filesystem import FilesystemWorkspaces
from syntropism.adapters.process import SANDBOX_UID, ProcessSandbox
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import Termination, WindowOutcome
from syntropism.domain.identifiers import AgentId

DECENT = """
import os, time, urllib.request
for _ in range(10):
    urllib.request.urlopen(os.environ["SYSTEM_SERVICE_URL"]).read()
    time.sleep(0.05)
open("state.json", "w").write("{}")
print("decent")
"""
SPINNER = "while True: pass\n"
HOARDER = "kept = []\nwhile True: kept.append(b'x' * 1_000_000)\n"
BOMBER = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
FLOODER = "import os\nwhile True: os.write(1, b'x' * 65536)\n"
STUBBORN = """
import signal, time
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
time.sleep(60)
"""
PLANTER = """
import os
for name, target in (("a", "/etc/shadow"), ("b", "/proc/1/environ"), ("c", "..")):
    os.symlink(target, name)
os.mkfifo("fifo")
os.mkdir("closed", 0)
print("planted")
"""
KNOCKER = """
import os, socket
connections = []
for _ in range(150):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(0.01)
    try:
        connection.connect(os.environ["SYSTEM_SERVICE_SOCKET"])
        connection.send(b"GET")
    except OSError:
        pass
    connections.append(connection)
print("knocked")
"""
KILLER = """
import os, signal
for number in range(1, 70_000):
    for deed in (os.kill, os.killpg):
        if number == os.getpid() or (deed is os.killpg and number == os.getpgid(0)):
            continue
        try:
            deed(number, signal.SIGKILL)
        except OSError:
            pass
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass
print("shot")
"""

CROWD = {
    "decent1": (DECENT, Termination.COMPLETED),
    "spinner": (SPINNER, Termination.CPU_EXHAUSTED),
    "hoarder": (HOARDER, Termination.OOM_KILLED),
    "bomber": (BOMBER, None),
    "flooder": (FLOODER, None),
    "stubborn": (STUBBORN, Termination.TIMED_OUT),
    "planter": (PLANTER, Termination.COMPLETED),
    "knocker": (KNOCKER, Termination.COMPLETED),
    "killer": (KILLER, None),
    "decent2": (DECENT, Termination.COMPLETED),
}


@pytest.fixture
def rigs(tmp_path: Path) -> Iterator[dict[str, Rig]]:
    require_bubblewrap()
    owner = (SANDBOX_UID, SANDBOX_UID) if os.geteuid() == 0 else None
    sdk = tmp_path / "syntropism_sdk.py"
    sdk.touch()
    relay = ThreadedSocketRelay()
    store = FilesystemWorkspaces(tmp_path / "workspaces", owner)
    sandbox = ProcessSandbox(tmp_path / "run", sdk, relay, True)
    with fake_service() as address:
        yield {
            name: Rig(
                sandbox,
                store.checkout(AgentId(name), {"main.py": source.encode()}),
                address,
                owner,
                attempt=number * 10,
            )
            for number, (name, (source, _)) in enumerate(CROWD.items())
        }
    sandbox.close()
    relay.close()
    assert list((tmp_path / "run").iterdir()) == []
    for name in CROWD:
        store.archive(AgentId(name))
    assert [path.name for path in (tmp_path / "workspaces").iterdir()] == ["archive"]


def test_a_hostile_crowd_is_held(rigs: dict[str, Rig]) -> None:
    outcomes: dict[str, WindowOutcome] = {}

    def live(name: str, rig: Rig) -> None:
        outcomes[name] = rig.run(cpu=0.8, memory_mb=100, seconds=10, processes_max=12)

    threads = [threading.Thread(target=live, args=item) for item in rigs.items()]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert time.monotonic() - started < 20
    for name, (_, expected) in CROWD.items():
        outcome = outcomes[name]
        if expected is not None:
            assert outcome.termination is expected, (name, outcome)
        assert outcome.cpu_ms <= 3_000, (name, outcome)
        assert outcome.memory_peak_bytes <= 250_000_000, (name, outcome)
    assert outcomes["decent1"].log == outcomes["decent2"].log == "decent\n"
    assert outcomes["bomber"].termination is not Termination.COMPLETED
    assert outcomes["flooder"].termination is not Termination.COMPLETED
