"""The process sandbox keeps the contract: under bubblewrap wholly, bare with named deviations."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import attrs
import pytest
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.service import fake_service
from tests.contracts.sandbox.suite import SandboxContract

from syntropism.adapters.process import SANDBOX_UID, ProcessSandbox
from syntropism.adapters.process import sandbox as sandbox_module
from syntropism.adapters.process.cgroups import PREFIX, Cgroup, CgroupMeter, find_cgroups
from syntropism.adapters.process.probing import find_bubblewrap
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import Termination

ROOT = os.geteuid() == 0
SHORT = "for _ in range(200_000): pass\n"
BURSTING = """
import os
for number in range(4):
    kept = os.urandom(6_000_000 * (number + 1))  # for less than it takes to sample
    kept = b""
    if os.fork() == 0:
        for _ in range(500_000): pass
        os._exit(0)
    os.wait()
"""


def require_bubblewrap() -> None:
    """Skips without a working bubblewrap; under CI=true that is a failure."""
    found = find_bubblewrap()
    if found.program is None:
        lack_of(f"bubblewrap is missing or does not work here: {found.reason}")


def lack_of(reason: str) -> None:
    """Skips; under CI=true that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def kernel_of(group: Cgroup) -> tuple[float, int]:
    """What the kernel says of a group in the end: CPU in milliseconds, the peak of memory."""
    if not group.unified:
        cpu = int((group.cpu / "cpuacct.usage").read_text()) / 1e6
        return cpu, int((group.memory / "memory.max_usage_in_bytes").read_text())
    cpu = int((group.cpu / "cpu.stat").read_text().split()[1]) / 1e3
    peak = group.memory / "memory.peak"
    if not peak.exists():
        pytest.skip("this kernel tells no peak of memory")
    return cpu, int(peak.read_text())


def _rig(folder: Path, use_bubblewrap: bool, use_cgroups: bool = False) -> Iterator[Rig]:
    workspace = folder / "workspace"
    workspace.mkdir()
    owner = (SANDBOX_UID, SANDBOX_UID) if ROOT else None
    if owner is not None:
        os.chown(workspace, *owner)
    sdk = folder / "syntropism_sdk.py"
    sdk.write_text('"""The SDK."""\n')
    relay = ThreadedSocketRelay()
    sandbox = ProcessSandbox(folder / "run", sdk, relay, use_bubblewrap, use_cgroups)
    with fake_service() as address:
        yield Rig(sandbox, workspace, address, owner)
    sandbox.close()
    relay.close()
    assert list(folder.glob("run/*")) == []


class TestUnderBubblewrap(SandboxContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        require_bubblewrap()
        yield from _rig(tmp_path, True)

    def test_no_warning_is_given(self, rig: Rig) -> None:
        assert rig.sandbox.probe().warning == ""


class TestUnderAnOldBubblewrap:
    """One that cannot cap temporary file systems: they are folders on the host then."""

    @pytest.fixture
    def rig(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        require_bubblewrap()
        old = attrs.evolve(find_bubblewrap(), sized_tmpfs=False, nested_users_off=False)
        monkeypatch.setattr(sandbox_module, "find_bubblewrap", lambda: old)
        yield from _rig(tmp_path, True)

    test_temporary_files_are_bounded = SandboxContract.test_temporary_files_are_bounded
    test_temporary_files_do_not_persist = SandboxContract.test_temporary_files_do_not_persist
    test_the_service_answers_over_tcp = SandboxContract.test_the_service_answers_over_tcp

    def test_deep_and_closed_temporary_folders_are_removed(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, tempfile
            os.chdir(tempfile.gettempdir())
            for _ in range(2_000):
                os.mkdir("d")
                os.chdir("d")
            os.chmod("..", 0)
            """
        )
        if outcome.termination is not Termination.COMPLETED:  # we saw it
            assert (outcome.termination, "temporary" in outcome.detail) == (
                Termination.KILLED,
                True,
            )
        run = rig.workspace.parent / "run"
        assert [path.name for path in run.iterdir() if path.name.startswith("execution")] == []


class TestUnderBubblewrapWithControlGroups(SandboxContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        require_bubblewrap()
        if find_cgroups() is None:
            pytest.skip("control groups cannot be written here")
        yield from _rig(tmp_path, True, use_cgroups=True)
        root = find_cgroups()
        assert root is not None
        assert list(root.memory.glob(f"{PREFIX}{os.getpid()}-*")) == []

    def test_memory_that_no_process_maps_counts_too(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            descriptor = os.memfd_create("hidden")
            for _ in range(200): os.write(descriptor, b"x" * 1_000_000)
            """,
            memory_mb=64,
            workspace_bytes_max=1_000_000_000,
        )
        assert outcome.termination is Termination.OOM_KILLED

    @pytest.mark.parametrize("source", [SHORT, BURSTING], ids=["short", "burst"])
    def test_meters_agree_with_the_kernel(
        self, rig: Rig, source: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[tuple[float, int]] = []
        close = CgroupMeter.close

        def read_and_close(meter: CgroupMeter) -> None:
            told.append(kernel_of(meter.group))
            close(meter)

        monkeypatch.setattr(CgroupMeter, "close", read_and_close)
        outcome = rig.run(source)
        assert outcome.termination is Termination.COMPLETED, outcome
        ((cpu_ms, memory),) = told
        assert outcome.cpu_ms == pytest.approx(cpu_ms, rel=0.05, abs=1)
        assert outcome.memory_peak_bytes == pytest.approx(memory, rel=0.05)

    def test_the_cpu_of_children_nobody_waits_for_counts(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, signal
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while True:
                try:
                    child = os.fork()
                except OSError:
                    continue
                if child == 0:
                    for _ in range(100_000): pass
                    os._exit(0)
            """,
            cpu=0.5,
            processes_max=4,
        )
        assert outcome.termination is Termination.CPU_EXHAUSTED


class TestBare(SandboxContract):
    deviations: ClassVar = {
        "test_env_json_is_read_only": "agents run as the worker and may change modes",
        "test_nothing_else_is_reachable": "agents share the host's network",
        "test_the_host_cannot_be_read": "agents see the host's files",
        "test_only_the_workspace_and_temporary_files_can_be_written": "as above",
        "test_other_processes_cannot_be_seen": "agents see the host's processes",
        "test_the_environment_of_the_worker_cannot_be_read": "agents run as the worker",
        "test_root_is_nowhere_to_be_had": "agents run as the worker, root included",
    }

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        yield from _rig(tmp_path, False)

    def test_a_loud_warning_is_given(self, rig: Rig) -> None:
        assert "trusted agents only" in rig.sandbox.probe().warning

    def test_control_groups_hold_without_bubblewrap_too(self, tmp_path: Path) -> None:
        if find_cgroups() is None:
            pytest.skip("control groups cannot be written here")
        for rig in _rig(tmp_path, False, use_cgroups=True):
            outcome = rig.run("kept = []\nwhile True: kept.append(b'x' * 1_000_000)\n")
            assert outcome.termination is Termination.OOM_KILLED
            assert rig.run("import os; print(os.getpid())", cpu=1).cpu_ms <= 150
