"""A host in memory treats workspaces as a real one does."""

import io

import pytest

from syntropism.adapters.memory.hosts import MemorySnapshotFolders
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.domain.identifiers import AgentId

ADA = AgentId("ada")


def host() -> tuple[MemoryWorkspaces, MemorySnapshotFolders]:
    workspaces = MemoryWorkspaces()
    return workspaces, MemorySnapshotFolders(workspaces)


def test_what_one_host_packs_another_unpacks():
    here, folders = host()
    there, others = host()
    here.checkout(ADA, {"main.py": b"x", "a/b": bytes(range(256))})
    there.checkout(ADA, {"old": b"y"})
    with folders.scratch() as archive:
        folders.pack(ADA, archive)
        archive.seek(0)
        others.unpack(ADA, archive)
        archive.seek(0)
        assert others.listed(archive) == here.listing(ADA)
        archive.seek(0)
        assert others.read(archive, "a/b", 2) == b"\x00\x01"
    assert there.files(ADA) == here.files(ADA)


def test_what_is_damaged_changes_nothing():
    here, folders = host()
    here.checkout(ADA, {"main.py": b"x"})
    for text in (b"{", b"[1]", b'{"a": 1}'):
        with pytest.raises(ProviderFailed, match="damaged"):
            folders.unpack(ADA, io.BytesIO(text))
    assert here.files(ADA) == {"main.py": b"x"}


def test_a_mark_tells_what_a_folder_is_equal_to():
    here, folders = host()
    assert folders.standing(ADA) == "", "there is none"
    here.checkout(ADA, {})
    assert folders.standing(ADA) is None
    for name in ("ada/window/1", ""):
        folders.mark(ADA, name)
        assert folders.standing(ADA) == name
    folders.clear(ADA)
    assert folders.standing(ADA) == ""


def test_one_attempt_at_a_time_has_a_workspace():
    _, folders = host()
    with folders.held(ADA), pytest.raises(ProviderFailed), folders.held(ADA):
        pass
    with folders.held(ADA):
        pass


def test_what_nobody_holds_and_stands_as_it_is_said_to_is_swept_away():
    here, folders = host()
    here.checkout(ADA, {"main.py": b"x"})
    folders.mark(ADA, "ada/window/1")
    assert folders.standings() == {ADA: "ada/window/1"}
    assert not folders.sweep(ADA, "ada/window/2")
    with folders.held(ADA):
        assert not folders.sweep(ADA, "ada/window/1")
    assert folders.sweep(ADA, "ada/window/1")
    assert folders.standings() == {}
