"""The workspaces of a host as snapshots: what travels, and what is refused."""

import fcntl
import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from syntropism.adapters.filesystem.locks import locked
from syntropism.adapters.filesystem.snapshots import FilesystemSnapshotFolders
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.snapshots import Overfull
from syntropism.domain.identifiers import AgentId

ADA = AgentId("ada")


@pytest.fixture
def folders(tmp_path: Path) -> FilesystemSnapshotFolders:
    return FilesystemSnapshotFolders(tmp_path / "here", bytes_max=100_000)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "here" / "agent-ada"
    made.mkdir(parents=True)
    return made


def packed(folders: FilesystemSnapshotFolders) -> bytes:
    target = io.BytesIO()
    folders.pack(ADA, target)
    return target.getvalue()


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content))
    raw.seek(0)
    return raw


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def test_regular_files_travel_and_nothing_else_does(folders, home, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("ours")
    (home / "lib").mkdir()
    (home / "lib" / "tool ☃.py").write_bytes(bytes(range(256)))
    (home / "run").write_text("#!/bin/sh\n")
    (home / "run").chmod(0o755)
    (home / "link").symlink_to(secret)
    (home / "above").symlink_to(tmp_path)
    os.mkfifo(home / "pipe")
    there = FilesystemSnapshotFolders(tmp_path / "there")
    there.unpack(ADA, io.BytesIO(packed(folders)))
    arrived = tmp_path / "there" / "agent-ada"
    files = {str(one.relative_to(arrived)) for one in arrived.rglob("*")}
    assert files == {"lib", "lib/tool ☃.py", "run"}
    assert (arrived / "lib" / "tool ☃.py").read_bytes() == bytes(range(256))
    assert os.access(arrived / "run", os.X_OK)


def test_the_same_files_give_the_same_bytes(folders, home):
    (home / "b").write_text("2")
    (home / "a").write_text("1")
    first = packed(folders)
    os.utime(home / "a", (1, 1))
    assert packed(folders) == first


def test_unpacking_replaces_all_that_was_there(folders, home):
    (home / "old").write_text("gone")
    folders.unpack(ADA, archive((member("new"), b"here")))
    assert [one.name for one in home.iterdir()] == ["new"]
    hidden = {one.name for one in home.parent.iterdir()}
    assert hidden == {"agent-ada", "versions"}


@pytest.mark.parametrize(
    "members",
    [
        [(member("/etc/passwd"), b"x")],
        [(member("../agent-bob/main.py"), b"x")],
        [(member("a/../../b"), b"x")],
        [(member("link", tarfile.SYMTYPE, "/etc"), b""), (member("link/passwd"), b"x")],
        [(member("link", tarfile.LNKTYPE, "/etc/passwd"), b"")],
        [(member("null", tarfile.CHRTYPE), b"")],
        [(member("folder", tarfile.DIRTYPE), b"")],
        [(member("a"), b"x"), (member("a/b"), b"x")],
        [(member("a"), b"x"), (member("a"), b"y")],
        [(member("n" * 300), b"x")],
        [(member("large"), bytes(100_001))],
        [(member(f"f{number}"), b"") for number in range(10_001)],
    ],
    ids=lambda members: members[0][0].name[:20],
)
def test_a_hostile_archive_is_refused_and_changes_nothing(folders, home, members):
    (home / "main.py").write_text("mine")
    with pytest.raises(ProviderFailed):
        folders.unpack(ADA, archive(*members))
    assert [one.name for one in home.iterdir()] == ["main.py"]
    assert {one.name for one in home.parent.iterdir()} == {"agent-ada", "versions"}


@pytest.mark.parametrize(
    "raw",
    [b"", b"no archive", gzip.compress(b"none either" * 999, mtime=0)],
    ids=["nothing", "text", "another gzip"],
)
def test_a_damaged_archive_is_refused(folders, home, raw):
    (home / "main.py").write_text("mine")
    with pytest.raises(ProviderFailed):
        folders.unpack(ADA, io.BytesIO(raw))
    assert (home / "main.py").read_text() == "mine"


def test_a_torn_archive_is_refused(folders, home):
    whole = archive((member("a"), os.urandom(50_000))).getvalue()
    with pytest.raises(ProviderFailed):
        folders.unpack(ADA, io.BytesIO(whole[:-20_000]))


def test_a_workspace_that_is_too_large_is_not_packed(folders, home):
    (home / "large").write_bytes(bytes(100_001))
    with pytest.raises(Overfull, match="100001 bytes"):
        packed(folders)


def test_a_mark_tells_what_a_folder_is_equal_to(folders, home):
    assert folders.standing(ADA) is None
    for name in ("ada/window/1", ""):
        folders.mark(ADA, name)
        assert folders.standing(ADA) == name
    folders.mark(ADA, "ada/window/2")
    folders.clear(ADA)
    assert folders.standing(ADA) == "", "the folder it spoke of is gone"
    assert not home.exists()


def test_one_attempt_at_a_time_has_a_workspace(folders, home, monkeypatch):
    monkeypatch.setattr("syntropism.adapters.filesystem.snapshots.HELD_SECONDS_MAX", 0.1)
    refused = pytest.raises(ProviderFailed, match="another attempt")
    with folders.held(ADA), refused, folders.held(ADA):
        pass
    with folders.held(ADA), folders.held(AgentId("bob")):
        pass


BOB = AgentId("bob")


def test_it_is_known_of_whom_there_is_anything_here(folders, home):
    root = home.parent
    folders.mark(ADA, "ada/window/1")
    (root / "agent-bob").mkdir()
    (root / "agent-dead").mkdir()
    folders.mark(AgentId("dead"), "")
    for left in (".fresh-agent-torn", ".old-agent-gone.0123", ".new-abc", ".dead-agent-buried"):
        (root / left).mkdir()
    with folders.held(AgentId("locked")):
        pass
    (root / "archive").mkdir()
    assert folders.standings() == {
        "ada": "ada/window/1",
        "bob": None,
        "dead": "",
        "torn": "",
        "gone": "",
        "locked": "",
    }
    assert folders.standings(3_600) == {}
    for one in (home, root / "versions" / "agent-ada"):
        os.utime(one, (1, 1))
    assert folders.standings(3_600) == {"ada": "ada/window/1"}


def test_a_host_without_workspaces_has_nothing_to_sweep(folders):
    assert folders.standings() == {}
    assert folders.sweep(ADA, "")


def test_sweeping_leaves_no_trace(folders, home):
    (home / "lib").mkdir()
    (home / "lib" / "tool.py").write_text("x")
    (home / "lib").chmod(0)
    folders.mark(ADA, "ada/window/1")
    (home.parent / ".old-agent-ada").mkdir()
    (home.parent / ".fresh-agent-ada").mkdir()
    assert folders.sweep(ADA, "ada/window/1")
    assert [one.name for one in home.parent.iterdir()] == ["versions"]
    assert list((home.parent / "versions").iterdir()) == []
    assert folders.standing(ADA) == ""


@pytest.mark.parametrize("asked", [None, "", "ada/window/2"], ids=["never", "none", "another"])
def test_what_has_changed_since_is_not_swept(folders, home, asked):
    folders.mark(ADA, "ada/window/1")
    assert not folders.sweep(ADA, asked)
    assert home.is_dir()
    assert folders.standing(ADA) == "ada/window/1"


def test_what_an_attempt_has_is_not_swept(folders, home, tmp_path):
    folders.mark(ADA, "")
    other = FilesystemSnapshotFolders(tmp_path / "here")
    with other.held(ADA):
        assert not folders.sweep(ADA, "")
        assert folders.sweep(BOB, ""), "of whom there is nothing"
    assert home.is_dir()
    assert folders.sweep(ADA, "")


def test_a_lock_that_was_swept_away_before_it_was_had_is_no_lock(folders, home, monkeypatch):
    beside = home.parent / "versions" / "agent-ada.lock"
    folders.mark(ADA, "")
    take, swept = fcntl.flock, []

    def overtaken(descriptor: int, how: int) -> None:
        if not swept:
            swept.append(beside)
            beside.unlink()
        take(descriptor, how)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", overtaken)
        with folders.held(ADA):
            assert swept == [beside]
            with locked(beside, 0) as had:
                assert not had, "the file that is there now is the one that is locked"


def test_killed_in_mid_sweep_the_folder_is_not_taken_for_whole(folders, home, monkeypatch):
    (home / "main.py").write_text("x")
    folders.mark(ADA, "ada/window/1")

    def crash(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", crash)
        with pytest.raises(ProviderFailed, match="cannot sweep the workspace of agent ada"):
            folders.sweep(ADA, "ada/window/1")
    assert folders.standings() == {"ada": ""}
    assert folders.sweep(ADA, "")
    assert [one.name for one in home.parent.iterdir()] == ["versions"]
