"""Whatever agents plant in their folder, the host reads nothing but their regular files."""

import os
import socket
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from syntropism.adapters.filesystem import FilesystemWorkspaces
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.workspaces import EntryKind, ListedEntry
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AgentId

ADA = AgentId("ada")
ROOT = os.geteuid() == 0
OWNER = (10_001, 10_001) if ROOT else None


@pytest.fixture
def store(tmp_path: Path) -> FilesystemWorkspaces:
    return FilesystemWorkspaces(tmp_path / "workspaces", OWNER)


@pytest.fixture
def folder(store: FilesystemWorkspaces) -> Path:
    return store.checkout(ADA, {"main.py": b"hello"})


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("secret")
    return path


def _symlink(at: Path, secret: Path) -> None:
    at.symlink_to(secret)


def _fifo(at: Path, secret: Path) -> None:
    os.mkfifo(at)


def _socket(at: Path, secret: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(at))


def _device(at: Path, secret: Path) -> None:
    if not ROOT:
        pytest.skip("only root makes devices")
    os.mknod(at, 0o20666, os.makedev(1, 5))  # /dev/zero


def _hard_link_to_somebody_elses(at: Path, secret: Path) -> None:
    if not ROOT:
        pytest.skip("a link to one's own file is harmless, and others' cannot be made")
    os.link(secret, at)


PLANTS = [_symlink, _fifo, _socket, _device, _hard_link_to_somebody_elses]


class TestPlants:
    @pytest.mark.parametrize("plant", PLANTS)
    def test_a_plant_is_no_file(
        self,
        store: FilesystemWorkspaces,
        folder: Path,
        secret: Path,
        plant: Callable[[Path, Path], None],
    ) -> None:
        plant(folder / "planted", secret)
        with pytest.raises(NotFound):
            store.read(ADA, "planted", 100)

    @pytest.mark.parametrize("plant", PLANTS)
    def test_a_plant_is_not_archived(
        self,
        store: FilesystemWorkspaces,
        folder: Path,
        secret: Path,
        plant: Callable[[Path, Path], None],
    ) -> None:
        plant(folder / "planted", secret)
        store.archive(ADA)
        assert not folder.exists()
        assert secret.read_text() == "secret"
        with tarfile.open(folder.parent / "archive" / "agent-ada.tar.gz") as tar:
            assert tar.getnames() == ["main.py"]

    def test_a_folder_that_is_a_link_is_no_way(
        self, store: FilesystemWorkspaces, folder: Path, secret: Path
    ) -> None:
        (folder / "out").symlink_to(secret.parent)
        with pytest.raises(NotFound):
            store.read(ADA, "out/secret", 100)
        assert [entry.path for entry in store.entries(ADA)] == ["main.py"]

    def test_a_workspace_that_is_a_link_is_none(
        self, store: FilesystemWorkspaces, folder: Path, secret: Path
    ) -> None:
        (folder.parent / "agent-eve").symlink_to(secret.parent)
        assert store.entries(AgentId("eve")) == ()
        with pytest.raises(NotFound):
            store.read(AgentId("eve"), "secret", 100)
        with pytest.raises(ProviderFailed):
            store.checkout(AgentId("eve"), {})

    def test_links_between_ones_own_files_are_files(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        os.link(folder / "main.py", folder / "copy.py")
        assert store.read(ADA, "copy.py", 100) == b"hello"


class TestExtremes:
    def test_names_that_are_no_text_are_left_out(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe"))).write_bytes(b"x")
        assert [entry.path for entry in store.entries(ADA)] == ["main.py"]
        store.archive(ADA)
        assert not folder.exists()

    def test_folders_of_any_depth_are_survived_and_removed(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        for _ in range(2_000):  # far deeper than any path may be long, or Python may recurse
            os.mkdir("d" * 100, dir_fd=descriptor)
            below = os.open("d" * 100, os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        os.close(descriptor)
        assert len(store.entries(ADA)) == 1
        store.archive(ADA)
        assert sorted(path.name for path in folder.parent.iterdir()) == ["archive"]

    def test_folders_closed_by_their_agent_are_removed(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        (folder / "closed" / "inner").mkdir(parents=True)
        (folder / "closed" / "inner" / "file").write_text("x")
        (folder / "closed" / "inner").chmod(0)
        (folder / "closed").chmod(0)
        folder.chmod(0)
        assert store.checkout(ADA, {}) == folder
        assert [entry.path for entry in store.entries(ADA)][-1] == "main.py"
        folder.chmod(0)
        store.archive(ADA)
        assert not folder.exists()

    def test_entries_are_bounded(self, store: FilesystemWorkspaces, folder: Path) -> None:
        for number in range(10_100):
            (folder / f"file-{number:06}").touch()
        assert len(store.entries(ADA)) == 10_000

    @pytest.mark.parametrize("name", ["", "..", "a/b", "a\0b", "x" * 101, "ä", "a.b"])
    def test_an_id_that_is_no_plain_name_never_becomes_a_path(
        self, store: FilesystemWorkspaces, name: str
    ) -> None:
        with pytest.raises(Invalid):
            store.checkout(AgentId(name), {})
        with pytest.raises(Invalid):
            store.archive(AgentId(name))


class TestCheckout:
    def test_run_is_executable_and_all_belongs_to_the_agent(
        self, store: FilesystemWorkspaces
    ) -> None:
        folder = store.checkout(ADA, {"run": b"#!/bin/sh\n", "lib/run": b"", "lib/a": b""})
        assert (folder / "run").stat().st_mode & 0o777 == 0o755
        assert (folder / "lib" / "a").stat().st_mode & 0o777 == 0o644
        expected = OWNER or (os.geteuid(), os.getegid())
        for path in (folder, *folder.rglob("*")):
            assert (path.stat().st_uid, path.stat().st_gid) == expected

    def test_a_bad_file_name_leaves_nothing_behind(
        self, store: FilesystemWorkspaces, tmp_path: Path
    ) -> None:
        with pytest.raises(Invalid):
            store.checkout(ADA, {"a": b"x", "../evil": b"x"})
        assert list((tmp_path / "workspaces").iterdir()) == []
        assert list(tmp_path.iterdir()) == [tmp_path / "workspaces"]

    def test_a_crash_midway_leaves_no_half_made_folder(
        self, store: FilesystemWorkspaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", crash)
            with pytest.raises(ProviderFailed, match="No space left on device"):
                store.checkout(ADA, {"main.py": b"hello"})
        assert store.entries(ADA) == ()
        assert store.checkout(ADA, {"main.py": b"hello"}).is_dir()

    def test_simultaneous_checkouts_agree(self, store: FilesystemWorkspaces) -> None:
        threads = [
            threading.Thread(target=store.checkout, args=(ADA, {"main.py": b"%d" % number}))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        folder = store.checkout(ADA, {})
        assert [path.name for path in folder.parent.iterdir()] == ["agent-ada"]
        assert store.usage(ADA) == (1, 1)

    def test_a_root_that_cannot_be_made_is_one_clear_line(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        store = FilesystemWorkspaces(tmp_path / "file" / "workspaces", OWNER)
        with pytest.raises(ProviderFailed) as failure:
            store.checkout(ADA, {})
        assert "\n" not in str(failure.value)
        assert str(tmp_path / "file") in str(failure.value)


class TestArchive:
    def test_a_crash_while_removing_never_spoils_the_archive(
        self, store: FilesystemWorkspaces, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: object, **__: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, "rmdir", crash)
            with pytest.raises(ProviderFailed):
                store.archive(ADA)
        store.archive(ADA)
        assert sorted(path.name for path in folder.parent.iterdir()) == ["archive"]
        with tarfile.open(folder.parent / "archive" / "agent-ada.tar.gz") as tar:
            member = tar.extractfile("main.py")
            assert member is not None
            assert member.read() == b"hello"

    def test_the_archive_is_for_the_operator_alone(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        store.archive(ADA)
        archive = folder.parent / "archive"
        assert archive.stat().st_mode & 0o077 == 0
        assert (archive / "agent-ada.tar.gz").stat().st_mode & 0o077 == 0


class TestListing:
    @pytest.mark.parametrize(
        ("plant", "kind"),
        [
            (_symlink, EntryKind.LINK),
            (_fifo, EntryKind.PIPE),
            (_socket, EntryKind.SOCKET),
            (_device, EntryKind.DEVICE),
        ],
    )
    def test_a_plant_is_told_by_its_kind_and_never_followed(
        self,
        store: FilesystemWorkspaces,
        folder: Path,
        secret: Path,
        plant: Callable[[Path, Path], None],
        kind: EntryKind,
    ) -> None:
        plant(folder / "planted", secret)
        (folder / "way").symlink_to(secret.parent)
        listing = store.listing(ADA)
        assert listing.complete
        assert listing.entries == (
            ListedEntry("main.py", 5, EntryKind.FILE),
            ListedEntry("planted", 0, kind),
            ListedEntry("way", 0, EntryKind.LINK),
        )

    def test_names_that_are_no_text_are_told_escaped(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_bytes(b"x")
        listing = store.listing(ADA)
        assert [entry.path for entry in listing.entries] == ["\\xff\\xfe", "main.py"]
        str(listing).encode()

    def test_a_workspace_that_is_a_link_tells_nothing(
        self, store: FilesystemWorkspaces, folder: Path, secret: Path
    ) -> None:
        (folder.parent / "agent-eve").symlink_to(secret.parent)
        listing = store.listing(AgentId("eve"))
        assert (listing.entries, listing.complete) == ((), False)

    def test_what_is_too_deep_is_left_out_and_said_so(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        for _ in range(50):
            os.mkdir("d", dir_fd=descriptor)
            below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        os.close(descriptor)
        listing = store.listing(ADA)
        assert len(listing.entries) == 1 + 32
        assert not listing.complete

    def test_too_many_are_cut_short_and_said_so(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        for number in range(10_001):
            (folder / f"f{number}").touch()
        listing = store.listing(ADA)
        assert (len(listing.entries), listing.complete) == (10_000, False)

    def test_a_damaged_archive_tells_nothing(
        self, store: FilesystemWorkspaces, folder: Path
    ) -> None:
        store.archive(ADA)
        archive = folder.parent / "archive" / "agent-ada.tar.gz"
        archive.write_bytes(archive.read_bytes()[:20])
        listing = store.listing(ADA)
        assert (listing.entries, listing.archived, listing.complete) == ((), True, False)
