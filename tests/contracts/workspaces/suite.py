"""What every store of workspaces must do. Inherit ``WorkspacesContract`` and give it a store."""

import pytest

from syntropism.application.ports.workspaces import (
    EntryKind,
    ListedEntry,
    WorkspaceEntry,
    Workspaces,
)
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AgentId

ADA = AgentId("ada")
BOB = AgentId("bob")
LISTED = (
    ListedEntry("empty", 0, EntryKind.FILE),
    ListedEntry("lib", 0, EntryKind.FOLDER),
    ListedEntry("lib/deep", 0, EntryKind.FOLDER),
    ListedEntry("lib/deep/tool.py", 6, EntryKind.FILE),
    ListedEntry("main.py", 15, EntryKind.FILE),
)
FILES = {"main.py": b"print('hello')\n", "lib/deep/tool.py": b"x = 1\n", "empty": b""}


class WorkspacesContract:
    """Inherited by the tests of each store."""

    @pytest.fixture
    def workspaces(self) -> Workspaces:
        raise NotImplementedError

    def test_a_checkout_holds_the_initial_files(self, workspaces: Workspaces) -> None:
        workspaces.checkout(ADA, FILES)
        assert workspaces.entries(ADA) == (
            WorkspaceEntry("empty", 0),
            WorkspaceEntry("lib/deep/tool.py", 6),
            WorkspaceEntry("main.py", 15),
        )
        for path, content in FILES.items():
            assert workspaces.read(ADA, path, 1_000) == content

    def test_a_second_checkout_changes_nothing(self, workspaces: Workspaces) -> None:
        first = workspaces.checkout(ADA, FILES)
        assert workspaces.checkout(ADA, {"main.py": b"other", "more": b""}) == first
        assert workspaces.read(ADA, "main.py", 1_000) == FILES["main.py"]
        assert len(workspaces.entries(ADA)) == 3

    def test_agents_have_folders_of_their_own(self, workspaces: Workspaces) -> None:
        assert workspaces.checkout(ADA, {"a": b"ada"}) != workspaces.checkout(BOB, {"a": b"bob"})
        assert workspaces.read(ADA, "a", 10) == b"ada"
        assert workspaces.read(BOB, "a", 10) == b"bob"

    def test_reading_stops_at_the_limit(self, workspaces: Workspaces) -> None:
        workspaces.checkout(ADA, {"main.py": b"0123456789"})
        assert workspaces.read(ADA, "main.py", 4) == b"0123"
        assert workspaces.read(ADA, "main.py", 0) == b""

    def test_an_agent_without_a_folder_has_no_files(self, workspaces: Workspaces) -> None:
        assert workspaces.entries(ADA) == ()
        with pytest.raises(NotFound):
            workspaces.read(ADA, "main.py", 10)

    @pytest.mark.parametrize("path", ["nothing", "main.py/below", "lib"])
    def test_what_is_no_regular_file_is_not_found(self, workspaces: Workspaces, path: str) -> None:
        workspaces.checkout(ADA, FILES)
        with pytest.raises(NotFound):
            workspaces.read(ADA, path, 10)

    @pytest.mark.parametrize(
        "path",
        [
            *("", ".", "..", "/", "/etc/passwd", "../agent-bob/main.py", "lib/../main.py"),
            *("lib//tool.py", "./main.py", "main.py/", "main.py\0", "a" * 3_000, "a/" * 50 + "a"),
        ],
    )
    def test_a_path_that_leaves_the_workspace_is_invalid(
        self, workspaces: Workspaces, path: str
    ) -> None:
        workspaces.checkout(ADA, FILES)
        workspaces.checkout(BOB, FILES)
        with pytest.raises(Invalid):
            workspaces.read(ADA, path, 10)

    def test_an_archived_agent_has_no_files(self, workspaces: Workspaces) -> None:
        workspaces.checkout(ADA, FILES)
        workspaces.checkout(BOB, FILES)
        workspaces.archive(ADA)
        assert workspaces.entries(ADA) == ()
        assert len(workspaces.entries(BOB)) == 3

    def test_archiving_twice_or_nobody_does_nothing(self, workspaces: Workspaces) -> None:
        workspaces.archive(ADA)
        workspaces.checkout(ADA, FILES)
        workspaces.archive(ADA)
        workspaces.archive(ADA)
        assert workspaces.entries(ADA) == ()

    def test_a_listing_tells_of_files_and_folders(self, workspaces: Workspaces) -> None:
        workspaces.checkout(ADA, FILES)
        listing = workspaces.listing(ADA)
        assert listing.entries == LISTED
        assert (listing.archived, listing.complete) == (False, True)

    def test_a_listing_of_the_dead_tells_of_their_archive(self, workspaces: Workspaces) -> None:
        workspaces.checkout(ADA, FILES)
        workspaces.checkout(BOB, {"a": b"bob"})
        workspaces.archive(ADA)
        listing = workspaces.listing(ADA)
        assert listing.entries == LISTED
        assert (listing.archived, listing.complete) == (True, True)
        assert not workspaces.listing(BOB).archived

    def test_archives_are_known_until_they_are_forgotten(self, workspaces: Workspaces) -> None:
        assert workspaces.archived() == ()
        for one in (BOB, ADA):
            workspaces.checkout(one, FILES)
            workspaces.archive(one)
        assert workspaces.archived() == (ADA, BOB)
        workspaces.checkout(AgentId("living"), FILES)
        for _ in range(2):
            workspaces.forget(ADA)
        assert workspaces.archived() == (BOB,)
        assert workspaces.listing(ADA).entries == ()
        assert workspaces.listing(BOB).entries == LISTED

    def test_forgetting_never_touches_a_folder(self, workspaces: Workspaces) -> None:
        workspaces.checkout(ADA, FILES)
        workspaces.forget(ADA)
        assert workspaces.listing(ADA).entries == LISTED

    def test_a_listing_of_nobody_is_empty(self, workspaces: Workspaces) -> None:
        listing = workspaces.listing(ADA)
        assert (listing.entries, listing.archived, listing.complete) == ((), False, True)
