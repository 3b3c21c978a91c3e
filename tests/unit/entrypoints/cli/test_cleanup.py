"""``sandbox cleanup`` where workspaces travel."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from syntropism import Economy
from syntropism.adapters.filesystem.snapshots import FilesystemSnapshotFolders
from syntropism.entrypoints.cli import sandboxes

SETTINGS = '[nats]\nurl = "nats://127.0.0.1:9"\nsnapshots = true\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an economy in which one agent lives and one is dead, and their folders."""
    monkeypatch.setattr("syntropism.entrypoints.container.sandboxes.daemon_in_sight", lambda: False)
    (tmp_path / "syntropism.toml").write_text(SETTINGS)
    folders = FilesystemSnapshotFolders(tmp_path / "workspaces")
    with Economy.open(f"sqlite:///{tmp_path}/economy.db", folder=tmp_path) as economy:
        for name in ("ada", "bob", "eve"):
            agent = economy.create_agent(name, first_bid=None)
            folder = tmp_path / "workspaces" / f"agent-{agent.id}"
            folder.mkdir(parents=True)
            (folder / "name").write_text(name)
            if name != "eve":
                folders.mark(agent.id, f"{agent.id}/window/1" if name == "bob" else "")
        economy.kill("bob")
    return tmp_path


def names(project: Path) -> set[str]:
    return {one.read_text() for one in (project / "workspaces").glob("agent-*/name")}


def removed(project: Path, *flags: str) -> int:
    shown = CliRunner().invoke(
        sandboxes.app, ["cleanup", "--project", str(project), "--json", *flags]
    )
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.output)["removed"]


def test_it_removes_folders_that_nobody_needs_and_keeps_the_only_ones(project: Path) -> None:
    assert names(project) == {"ada", "bob", "eve"}
    assert removed(project, "--older-than", "3600") == 0
    assert removed(project) == 2
    assert names(project) == {"eve"}, "which never travelled"


def test_it_touches_no_folder_where_workspaces_stay(project: Path) -> None:
    (project / "syntropism.toml").write_text("")
    assert removed(project) == 0
    assert names(project) == {"ada", "bob", "eve"}


def test_without_an_economy_nothing_is_known_to_be_needless(project: Path) -> None:
    (project / "economy.db").unlink()
    assert removed(project) == 0
    assert names(project) == {"ada", "bob", "eve"}
