"""A workspace is measured without following anything, and within bounds."""

from pathlib import Path

from syntropism.adapters.process.workspace_usage import WorkspaceUsage, measure


def test_files_and_folders_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_bytes(b"123")
    assert measure(tmp_path, 100) == WorkspaceUsage(8, 3)


def test_links_count_as_entries_and_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "big").write_bytes(b"x" * 1_000)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "folder").symlink_to(outside)
    (inside / "file").symlink_to(outside / "big")
    (inside / "loop").symlink_to(inside)
    assert measure(inside, 100) == WorkspaceUsage(0, 3)


def test_too_many_entries_stop_the_walk(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}").touch()
    assert measure(tmp_path, 10).files == 11
    assert measure(tmp_path, 50).files == 50


def test_too_deep_is_too_much(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    assert measure(tmp_path, 1_000).files > 1_000


def test_a_workspace_that_is_gone_is_empty(tmp_path: Path) -> None:
    assert measure(tmp_path / "nowhere", 10) == WorkspaceUsage(0, 0)
