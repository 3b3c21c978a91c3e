"""What a window has burnt is read the moment its agent ends, and not only when its container does:
on a busy machine the daemon has removed the accounts by then."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from syntropism.adapters.docker.cgroup import Usage
from syntropism.adapters.docker.control import Control
from syntropism.adapters.docker.supervisor import Supervisor
from syntropism.application.verdicts import Limits

SHIM = """
import socket, sys
control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
control.connect(sys.argv[1])
control.send(b"ready")
control.recv(1)
"""


@define
class Meter:
    """Accounts that are gone once ``removed``."""

    burnt: int = 0
    removed: bool = False
    last: Usage = field(factory=lambda: Usage(0, 0, 0))

    def sample(self) -> Usage:
        if not self.removed:
            self.last = Usage(self.burnt, 0, 0)
        return self.last


@define
class Container:
    exited: int


@define
class Output:
    connection: socket.socket
    ended: bool = False

    def fileno(self) -> int:
        return self.connection.fileno()


@pytest.fixture
def ends() -> Iterator[dict[str, socket.socket]]:
    """Pairs of which one end stands for a descriptor of the supervisor's."""
    pairs = {name: socket.socketpair() for name in ("container", "agent", "output")}
    found = {name: pair[0] for name, pair in pairs.items()}
    found |= {f"{name} ends": pair[1] for name, pair in pairs.items()}
    yield found
    for one in found.values():
        one.close()


def watching(ends: dict[str, socket.socket], meter: Meter) -> Supervisor:
    """A supervisor of what the ``ends`` stand for."""
    container: Any = Container(ends["container"].fileno())
    output: Any = Output(ends["output"])
    accounts: Any = meter
    limits = Limits(cpu_ms=5_000, memory_bytes=1 << 27, processes=16, duration_seconds=10)
    agent = ends["agent"].fileno()
    return Supervisor(
        container, agent, output, accounts, limits, lambda: "", lambda _cpu, _memory: None
    )


def test_the_agents_end_is_a_head_start_before_the_daemon(
    ends: dict[str, socket.socket],
) -> None:
    meter = Meter()
    supervisor = watching(ends, meter)
    meter.burnt = 70
    ends["agent ends"].close()
    assert not supervisor.wait(1)  # its children may still run
    meter.removed = True
    ends["container ends"].close()
    assert supervisor.wait(1)
    assert supervisor.cpu_ms == 70


def test_an_agent_that_has_ended_is_not_told_again_and_again(
    ends: dict[str, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = Meter()
    supervisor = watching(ends, meter)
    ends["agent ends"].close()
    supervisor.wait(1)
    sampled: list[Usage] = []
    monkeypatch.setattr(Meter, "sample", lambda _: sampled.append(Usage(0, 0, 0)))
    assert not supervisor.wait(0.01)
    assert sampled == []


def test_the_agent_is_who_answers_on_the_control_socket(tmp_path: Path) -> None:
    control = Control(tmp_path / "control.sock", lambda _: None)
    program = [sys.executable, "-I", "-S", "-c", SHIM, str(tmp_path / "control.sock")]
    with subprocess.Popen(program) as shim:
        lives = os.pidfd_open(os.getpid())
        try:
            assert control.await_ready(lives)
            about = Path(f"/proc/self/fdinfo/{control.agent}").read_text().splitlines()
            assert f"Pid:\t{shim.pid}" in about
        finally:
            control.close()
            os.close(lives)
    assert control.agent == -1
