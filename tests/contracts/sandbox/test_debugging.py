"""Agents can be debugged in containers, on an isolated network too, and under bubblewrap."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from tests.contracts.sandbox.debugging import DebuggingContract
from tests.contracts.sandbox.docker import OPTIONS, WITH_DEBUGGER, docker_rig
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.test_process import _rig, require_bubblewrap

from syntropism.adapters.inprocess.sandbox import InProcessSandbox
from syntropism.adapters.process import window


class TestUnderBubblewrap(DebuggingContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        require_bubblewrap()
        yield from _rig(tmp_path, True)

    def test_without_debugpy_it_says_what_to_install(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(window, "find_spec", lambda name: None)
        assert "syntropism[debug]" in rig.sandbox.undebuggable()


class TestUnderBubblewrapWithCgroups(DebuggingContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        require_bubblewrap()
        yield from _rig(tmp_path, True, True)


def test_bare_processes_are_not_debugged(tmp_path: Path) -> None:
    for rig in _rig(tmp_path, False):
        assert "bubblewrap" in rig.sandbox.undebuggable()


def test_what_runs_in_this_process_is_not_debugged_from_outside() -> None:
    sandbox = InProcessSandbox(None, None, lambda agent, files: None)  # type: ignore[arg-type]
    assert "this very process" in sandbox.undebuggable()


@pytest.mark.xdist_group("docker")
class TestDocker(DebuggingContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with docker_rig(tmp_path, WITH_DEBUGGER) as rig:
            yield rig


@pytest.mark.xdist_group("docker")
class TestDockerIsolated(DebuggingContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with docker_rig(tmp_path, evolve(WITH_DEBUGGER, network="isolated")) as rig:
            yield rig


@pytest.mark.xdist_group("docker")
def test_an_image_without_debugpy_says_how_to_build_it(tmp_path: Path) -> None:
    with docker_rig(tmp_path, OPTIONS) as rig:
        assert "runner build --with-debugpy" in rig.sandbox.undebuggable()
