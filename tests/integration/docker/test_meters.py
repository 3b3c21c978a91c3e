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
import glob, json, resource
def kernel():
    cpu = sum(sum(resource.getrusage(who)[:2]) for who in (
        resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    for path in ("/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "/sys/fs/cgroup/memory.peak"):
        for found in glob.glob(path):
            return {"cpu": cpu, "memory": int(open(found).read())}
    return {"cpu": cpu, "memory": None}
"""
SPINNING = "import time\nwhile time.process_time() < 1.2: pass\n"
SLEEPING = "import time\nkept = bytearray(30_000_000)\ntime.sleep(1)\n"
BURSTING = """
import os, time
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
SLACK_SECONDS = 0.03
"""What the interpreter burns between its own last look and its end."""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with docker_rig(tmp_path) as rig:
        yield rig


@pytest.mark.parametrize("source", [SPINNING, SLEEPING, BURSTING], ids=["spin", "sleep", "burst"])
def test_meters_agree_with_the_kernel(rig: Rig, source: str) -> None:
    outcome = rig.run(f"{TELL}{source}\nprint(json.dumps(kernel()))", seconds=20)
    assert outcome.termination is Termination.COMPLETED, outcome
    kernel = json.loads(outcome.log)
    assert outcome.cpu_ms / 1000 == pytest.approx(kernel["cpu"], rel=0.05, abs=SLACK_SECONDS)
    if kernel["memory"] is not None:
        assert outcome.memory_peak_bytes == pytest.approx(kernel["memory"], rel=0.05)
