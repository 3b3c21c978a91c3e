"""What is metered is what the kernel says, within five per cent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import docker_rig
from tests.contracts.sandbox.rig import Rig

from syntropism.application.ports.sandbox import Termination

pytestmark = pytest.mark.xdist_group("docker")

TELL = """
import glob, json, time
def kernel():
    cpu = memory = None
    for path in glob.glob("/sys/fs/cgroup/cpuacct/cpuacct.usage"):
        cpu = int(open(path).read()) / 1e9
    for path in glob.glob("/sys/fs/cgroup/cpu.stat"):
        cpu = int(open(path).read().split()[1]) / 1e6
    for name in ("memory/memory.max_usage_in_bytes", "memory.peak"):
        for path in glob.glob("/sys/fs/cgroup/" + name):
            memory = int(open(path).read())
    return cpu, memory
before, _ = kernel()
"""
TOLD = """
after, memory = kernel()
print(json.dumps({"cpu": after - before, "memory": memory}))
"""
SPINNING = "at = time.process_time()\nwhile time.process_time() < at + 1.2: pass\n"
SLEEPING = "kept = bytearray(30_000_000)\ntime.sleep(1)\n"
BURSTING = """
import os
for number in range(8):
    until = time.process_time() + 0.1
    kept = os.urandom(6_000_000 * (number + 1))
    while time.process_time() < until: pass
    kept = b""
    time.sleep(0.05)
    if os.fork() == 0:
        until = time.process_time() + 0.05
        while time.process_time() < until: pass
        os._exit(0)
    os.wait()
"""
SLACK_SECONDS = 0.05
"""What the interpreter burns before the agent's first look and after its last one."""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with docker_rig(tmp_path) as rig:
        yield rig


@pytest.mark.parametrize("source", [SPINNING, SLEEPING, BURSTING], ids=["spin", "sleep", "burst"])
def test_meters_agree_with_the_kernel(rig: Rig, source: str) -> None:
    outcome = rig.run(f"{TELL}{source}{TOLD}", seconds=30)
    assert outcome.termination is Termination.COMPLETED, outcome
    kernel = json.loads(outcome.log)
    burnt = outcome.cpu_ms / 1000
    assert kernel["cpu"] * 0.95 <= burnt <= kernel["cpu"] * 1.05 + SLACK_SECONDS, outcome
    if kernel["memory"] is not None:  # it came with Linux 5.19
        assert outcome.memory_peak_bytes == pytest.approx(kernel["memory"], rel=0.05)
