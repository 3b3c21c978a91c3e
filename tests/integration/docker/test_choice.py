"""`auto` is docker where a daemon answers and has the image, else processes with their warning."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import IMAGE, require_image

from syntropism.adapters.docker import DockerSandbox
from syntropism.adapters.process import ProcessSandbox
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring

pytestmark = pytest.mark.xdist_group("docker")


def chosen(folder: Path, image: str, sandbox: str = "auto") -> object:
    return Container(wiring=Wiring(folder=folder, sandbox=sandbox, image=image)).sandbox()


def test_auto_is_docker_where_the_image_is(tmp_path: Path) -> None:
    require_image()
    assert isinstance(chosen(tmp_path, IMAGE), DockerSandbox)


def test_auto_is_processes_where_the_image_is_not(tmp_path: Path) -> None:
    require_image()
    assert isinstance(chosen(tmp_path, "syntropism-agent-runner:nowhere"), ProcessSandbox)


def test_auto_is_processes_where_no_daemon_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere.sock")
    assert isinstance(chosen(tmp_path, IMAGE), ProcessSandbox)


def test_docker_asked_for_is_docker_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere.sock")
    sandbox = chosen(tmp_path, IMAGE, "docker")
    assert isinstance(sandbox, DockerSandbox)
    assert not sandbox.probe().available


def test_the_commands_build_and_clean(tmp_path: Path) -> None:
    require_image()
    (tmp_path / "syntropism.toml").write_text(f'[execution]\nimage = "{IMAGE}"\n')

    def run(*words: str) -> dict:
        command = [sys.executable, "-m", "syntropism", "-C", str(tmp_path), *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert run("runner", "build", "--offline-base", "debian")["image"] == IMAGE
    assert run("sandbox", "cleanup")["removed"] >= 0


def test_a_base_that_is_nowhere_is_one_line(tmp_path: Path) -> None:
    require_image()
    command = [sys.executable, "-m", "syntropism", "-C", str(tmp_path), "runner", "build"]
    done = subprocess.run(
        [*command, "--base-image", "localhost:9/nowhere:1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "--offline-base debian" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2  # what it does, and why it could not
