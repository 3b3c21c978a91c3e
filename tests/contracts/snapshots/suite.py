"""What every store of snapshots must do, alone and in the hands of workers.

Inherit ``SnapshotsContract`` and give it a factory: each call is another host's client.
"""

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define, field
from tests.unit.application.conftest import Town, founded

from syntropism.adapters.filesystem import FilesystemWorkspaces
from syntropism.adapters.filesystem.snapshots import FilesystemSnapshotFolders
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.system.keys import new_key
from syntropism.adapters.system.tokens import EdDsaTokens
from syntropism.application.commands import dying, windows
from syntropism.application.desk import Desk
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    Termination,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.snapshots import Snapshots
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.ports.workspaces import Listing
from syntropism.application.queries.hosting import needless
from syntropism.application.row_queue import RowQueue
from syntropism.application.snapshot_garbage import SnapshotGarbage
from syntropism.application.snapshotting import SnapshotKeeper
from syntropism.application.sweeping import HostSweep
from syntropism.application.travelled import TravelledWorkspaces
from syntropism.application.worker import Worker
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.execution.snapshots import snapshot_name
from syntropism.domain.market.resources import Bundle

NAMES = ("ada/window/1", "../../etc/passwd", "a b*>.c", "☃/" * 40, "x" * 300)
BUNDLE = Bundle("0.5", 64, 10)
DAY = 86_400


class Broken(io.BytesIO):
    """What fails while it is read."""

    def readinto(self, buffer) -> int:
        if self.tell() > 200_000:
            raise OSError("the disk is gone")
        return super().readinto(buffer)

    def read(self, size=-1) -> bytes:
        raise OSError("the disk is gone")


@define
class Diarist:
    """A sandbox whose agents count their lives in a file; ``ends`` says how windows end."""

    ends: Callable[[WindowSpec], Termination] = lambda _spec: Termination.COMPLETED
    seen: list[int] = field(factory=list)

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        file = spec.workspace / "state"
        lives = int(file.read_text()) if file.exists() else 0
        self.seen.append(lives)
        file.unlink(missing_ok=True)
        file.write_text(str(lives + 1))
        return WindowOutcome(termination=self.ends(spec))


class SnapshotsContract:
    """Inherited by the tests of each store."""

    @pytest.fixture
    def client(self) -> Callable[[], Snapshots]:
        raise NotImplementedError

    @pytest.fixture
    def town(self) -> Town:
        clock = SimulatedClock()
        return founded(MemoryStore(clock), clock)

    @pytest.mark.parametrize("name", NAMES)
    def test_what_one_host_puts_another_fetches_whatever_it_is_called(self, client, name):
        client().put(name, io.BytesIO(b"all of it"))
        assert fetched(client(), name) == b"all of it"
        assert list(client().names()) == [name]

    def test_large_objects_come_back_unchanged(self, client):
        content = os.urandom(3_000_001)
        client().put("large", io.BytesIO(content))
        assert fetched(client(), "large") == content

    def test_a_second_one_takes_the_place_of_the_first(self, client):
        one = client()
        for content in (b"first" * 100_000, b"second"):
            one.put("name", io.BytesIO(content))
        assert fetched(one, "name") == b"second"
        assert list(one.names()) == ["name"]

    def test_what_is_removed_is_gone_and_can_be_removed_again(self, client):
        one = client()
        assert list(one.names()) == []
        for name in ("a", "b"):
            one.put(name, io.BytesIO(b"x"))
        for _ in range(2):
            one.remove("a")
        assert list(client().names()) == ["b"]
        with pytest.raises(ProviderFailed):
            fetched(one, "a")

    def test_an_upload_that_fails_leaves_what_was_there(self, client):
        one = client()
        one.put("kept", io.BytesIO(b"before"))
        for name in ("kept", "new"):
            with pytest.raises((ProviderFailed, OSError)):
                one.put(name, Broken(bytes(500_000)))
        assert list(one.names()) == ["kept"]
        assert fetched(one, "kept") == b"before"

    # in the hands of workers

    def test_an_agent_finds_what_it_wrote_on_whichever_host_it_wakes(self, client, town, tmp_path):
        sandbox = Diarist()
        hosts = [worker(town, client(), tmp_path, name, sandbox) for name in ("a", "b", "a", "a")]
        agent = town.born("ada", bundle=BUNDLE)
        for number, host in enumerate(hosts):
            if number:
                bid_again(town, agent)
            town.clear()
            assert host.run_queued() == 1
            town.close()
        assert sandbox.seen == [0, 1, 2, 3]
        head = town.ask(lambda uow: uow.workspace_versions.head(agent))
        assert head.version == 5
        SnapshotGarbage(town.store, client()).collect()
        assert list(client().names()) == [head.snapshot]

    def test_what_a_lost_attempt_wrote_is_not_seen_by_the_next(self, client, town, tmp_path):
        def breaks(spec: WindowSpec) -> Termination:
            if spec.attempt == 1:
                raise ProviderFailed("the host broke")
            return Termination.COMPLETED

        sandbox = Diarist(breaks)
        host = worker(town, client(), tmp_path, "a", sandbox)
        town.born("ada", bundle=BUNDLE)
        town.clear()
        assert host.run_queued() == 2
        assert sandbox.seen == [0, 0]

    def test_the_upload_of_a_stale_attempt_never_becomes_current(self, client, town, tmp_path):
        agent = town.born("ada", bundle=BUNDLE)
        town.clear()

        def overtaken(spec: WindowSpec) -> Termination:
            town.clock.sleep(100_000)
            town.do(windows.recover_windows)
            return Termination.COMPLETED

        stale = worker(town, client(), tmp_path, "a", Diarist(overtaken), holds=True)
        (window,) = stale.desk.lease(1)
        stale.live(window)
        name = snapshot_name(agent, window.execution_id, 1)
        assert list(client().names()) == [name], "it was uploaded"
        assert town.ask(lambda uow: uow.workspace_versions.head(agent)) is None
        sandbox = Diarist()
        assert worker(town, client(), tmp_path, "b", sandbox).run_queued() == 1
        assert sandbox.seen == [0]
        assert town.ask(lambda uow: uow.workspace_versions.head(agent)).snapshot != name
        assert SnapshotGarbage(town.store, client()).collect() == 1
        assert name not in client().names()

    def test_what_is_about_to_be_committed_is_no_garbage(self, client, town, tmp_path):
        agent = town.born("ada", bundle=BUNDLE)
        town.clear()
        (leased,) = town.lease()
        store = client()
        for attempt in (1, 2):
            store.put(snapshot_name(agent, leased.id, attempt), io.BytesIO(b"x"))
        store.put("what nobody here would write", io.BytesIO(b"x"))
        assert SnapshotGarbage(town.store, client()).collect() == 2
        assert list(store.names()) == [snapshot_name(agent, leased.id, 1)]

    def test_a_dead_letter_keeps_the_version_that_its_window_started_from(
        self, client, town, tmp_path
    ):
        ends = iter([Termination.COMPLETED, Termination.FAILED, Termination.COMPLETED])
        host = worker(town, client(), tmp_path, "a", Diarist(lambda _spec: next(ends)))
        agent = town.born("ada", bundle=BUNDLE)
        for number in range(3):
            if number:
                bid_again(town, agent)
            town.clear()
            host.run_queued()
            town.close()
        (letter,) = town.ask(lambda uow: uow.dead_letters.page(9))
        assert letter.workspace_version == 2
        garbage = SnapshotGarbage(town.store, client())
        assert garbage.collect() == 1, "version 3"
        known = town.ask(lambda uow: uow.workspace_versions.everything())
        assert [one.version for one in known] == [2, 4]
        town.do(lambda fx: fx.uow.dead_letters.save(letter.closed(DeadLetterStatus.DISCARDED)))
        assert garbage.collect() == 1
        assert list(client().names()) == [known[1].snapshot]

    def test_hosts_keep_the_folders_of_those_who_live_there_and_no_others(
        self, client, town, tmp_path
    ):
        here, there = (worker(town, client(), tmp_path, name, Diarist()) for name in "ab")
        moved, stays, dies = (town.born(name, bundle=BUNDLE) for name in ("ada", "bob", "eve"))
        town.clear()
        assert here.run_queued() == 3
        town.close()
        bid_again(town, moved)
        town.clear()
        assert there.run_queued() == 1
        town.close()
        town.do(lambda fx: dying.kill_agent(fx, dies))
        (tmp_path / "a" / "agent-stranger").mkdir()
        assert sweep(town, here) == 2
        assert folders(tmp_path / "a") == {f"agent-{stays}", "agent-stranger"}
        assert marks(tmp_path / "a") == {f"agent-{stays}", f"agent-{stays}.lock"}
        assert sweep(town, there) == 0
        assert sweep(town, here) == 0
        bid_again(town, moved)
        town.clear()
        seen = Diarist()
        assert worker(town, client(), tmp_path, "a", seen).run_queued() == 1
        assert seen.seen == [2], "it comes back to what it wrote elsewhere"

    def test_a_host_is_swept_of_nothing_that_a_window_needs(self, client, town, tmp_path):
        swept = []

        def meanwhile(_spec: WindowSpec) -> Termination:
            swept.append(sweep(town, host))
            return Termination.COMPLETED

        host = worker(town, client(), tmp_path, "a", Diarist(meanwhile))
        agent = town.born("ada", bundle=BUNDLE)
        for number in range(2):
            if number:
                bid_again(town, agent)
            town.clear()
            assert host.run_queued() == 1
            town.close()
        assert swept == [0, 0]
        assert sweep(town, host) == 0
        assert (tmp_path / "a" / f"agent-{agent}" / "state").read_text() == "2"

    def test_what_was_uploaded_and_not_yet_reported_stays(self, client, town, tmp_path):
        host = worker(town, client(), tmp_path, "a", Diarist())
        agent = town.born("ada", bundle=BUNDLE)
        town.clear()
        (window,) = host.desk.lease(1)
        host.desk.start(window)
        host.workspaces.checkout(agent, {"main.py": b""})
        outcome = WindowOutcome(termination=Termination.COMPLETED)
        outcome = host.snapshots.leave(window, outcome)
        assert sweep(town, host) == 0, "killed before it could report, or about to"
        host.desk.report(window, outcome, {})
        assert sweep(town, host) == 0
        assert folders(tmp_path / "a") == {f"agent-{agent}"}

    def test_operators_see_the_current_version_wherever_its_agent_lives(
        self, client, town, tmp_path
    ):
        ada, bob = (town.born(name, bundle=BUNDLE) for name in ("ada", "bob"))
        shown = travelled(town, client, tmp_path)
        assert shown.listing(ada) == Listing(())
        town.clear()
        assert worker(town, client(), tmp_path, "a", Diarist()).run_queued() == 2
        town.close()
        bid_again(town, ada)
        town.clear()
        assert worker(town, client(), tmp_path, "b", Diarist()).run_queued() == 1
        town.close()
        assert [one.path for one in shown.listing(ada).entries] == ["main.py", "state"]
        assert [shown.read(one, "state", 9) for one in (ada, bob)] == [b"2", b"1"]
        assert not shown.listing(ada).archived
        for path, refusal in (("nothing", NotFound), ("../agent-bob/state", Invalid)):
            with pytest.raises(refusal):
                shown.read(ada, path, 9)

    def test_what_a_dead_agent_left_is_shown_until_it_is_removed(self, client, town, tmp_path):
        host, ada = lived(town, client(), tmp_path)
        town.do(lambda fx: dying.kill_agent(fx, ada))
        assert sweep(town, host) == 1
        shown = travelled(town, client, tmp_path)
        listing = shown.listing(ada)
        assert [(one.path, one.size) for one in listing.entries] == [("main.py", 0), ("state", 1)]
        assert listing.archived
        assert shown.read(ada, "state", 9) == b"1"
        town.clock.sleep(DAY)
        assert SnapshotGarbage(town.store, client(), timedelta()).collect() == 1
        assert shown.listing(ada).entries == ()
        with pytest.raises(NotFound):
            shown.read(ada, "state", 9)

    def test_a_version_that_goes_while_it_is_asked_for_is_followed_by_the_next(
        self, client, town, tmp_path
    ):
        host, ada = lived(town, client(), tmp_path)

        def meanwhile(name: str, target) -> None:
            bid_again(town, ada)
            town.clear()
            host.run_queued()
            town.close()
            SnapshotGarbage(town.store, client()).collect()

        shown = travelled(town, lambda: Overtaken(client(), meanwhile), tmp_path)
        assert shown.read(ada, "state", 9) == b"2"

    def test_what_is_lost_is_one_line_and_no_empty_list(self, client, town, tmp_path):
        _, ada = lived(town, client(), tmp_path)
        (name,) = client().names()
        client().put(name, io.BytesIO(b"no archive"))
        shown = travelled(town, client, tmp_path)
        for ask in (lambda: shown.listing(ada), lambda: shown.read(ada, "state", 9)):
            with pytest.raises(StorageFailed, match="damaged"):
                ask()
        client().remove(name)
        with pytest.raises(StorageFailed, match="no"):
            shown.listing(ada)

    def test_what_the_dead_leave_is_kept_for_its_time_and_then_removed(
        self, client, town, tmp_path
    ):
        host = worker(town, client(), tmp_path, "a", Diarist())
        ada, bob = (town.born(name, bundle=BUNDLE) for name in ("ada", "bob"))
        town.clear()
        assert host.run_queued() == 2
        town.close()
        kept = town.ask(lambda uow: uow.workspace_versions.head(bob))
        town.do(lambda fx: dying.kill_agent(fx, ada))
        garbage = SnapshotGarbage(town.store, client(), timedelta(days=2))
        town.clock.sleep(2 * DAY)
        assert garbage.collect() == 0
        town.clock.sleep(1)
        assert garbage.collect() == 1
        assert list(client().names()) == [kept.snapshot], "the living keep theirs"
        assert town.ask(lambda uow: uow.workspace_versions.everything()) == [kept]
        assert garbage.collect() == 0

    def test_what_an_open_dead_letter_speaks_of_outlives_its_agent(self, client, town, tmp_path):
        ends = iter([Termination.COMPLETED, Termination.FAILED])
        host = worker(town, client(), tmp_path, "a", Diarist(lambda _spec: next(ends)))
        ada = town.born("ada", bundle=BUNDLE)
        for number in range(2):
            if number:
                bid_again(town, ada)
            town.clear()
            host.run_queued()
            town.close()
        town.do(lambda fx: dying.kill_agent(fx, ada))
        town.clock.sleep(DAY)
        garbage = SnapshotGarbage(town.store, client(), timedelta())
        assert garbage.collect() == 1, "the last version"
        (letter,) = town.ask(lambda uow: uow.dead_letters.page(9))
        known = town.ask(lambda uow: uow.workspace_versions.everything())
        assert [one.version for one in known] == [letter.workspace_version]
        town.do(lambda fx: fx.uow.dead_letters.save(letter.closed(DeadLetterStatus.DISCARDED)))
        assert garbage.collect() == 1
        assert list(client().names()) == []

    def test_killed_after_the_rows_were_forgotten_it_finds_the_objects_again(
        self, client, town, tmp_path
    ):
        _, ada = lived(town, client(), tmp_path)
        town.do(lambda fx: dying.kill_agent(fx, ada))
        town.clock.sleep(DAY)
        with pytest.raises(ProviderFailed):
            SnapshotGarbage(town.store, Unremovable(client()), timedelta()).collect()
        assert town.ask(lambda uow: uow.workspace_versions.everything()) == []
        assert SnapshotGarbage(town.store, client(), timedelta()).collect() == 1
        assert list(client().names()) == []


@define
class Overtaken:
    """A store in which something happens before the first object is fetched."""

    store: Snapshots
    meanwhile: Callable | None

    def fetch(self, name: str, target) -> None:
        if self.meanwhile is not None:
            self.meanwhile(name, target)
            self.meanwhile = None
        self.store.fetch(name, target)


def travelled(town: Town, client: Callable[[], Snapshots], folder: Path) -> TravelledWorkspaces:
    """What operators see, at a host where nobody lives."""
    store = client()
    root = folder / "office"
    return TravelledWorkspaces(
        store=town.store,
        snapshots=lambda: store,
        folders=FilesystemSnapshotFolders(root),
        here=FilesystemWorkspaces(root),
    )


@define
class Unremovable:
    """A store that is cut off before anything is removed."""

    store: Snapshots

    def names(self):
        return self.store.names()

    def remove(self, name: str) -> None:
        raise ProviderFailed("cut off")


def fetched(store: Snapshots, name: str) -> bytes:
    target = io.BytesIO()
    store.fetch(name, target)
    return target.getvalue()


def lived(town: Town, store: Snapshots, folder: Path) -> tuple[Worker, str]:
    """A worker, and an agent that has lived one window there."""
    host = worker(town, store, folder, "a", Diarist())
    agent = town.born("ada", bundle=BUNDLE)
    town.clear()
    assert host.run_queued() == 1
    town.close()
    return host, agent


def sweep(town: Town, host: Worker) -> int:
    """Sweeps the host of a worker; of how many agents."""
    sweeping = HostSweep(
        host.snapshots.folders, lambda found: town.ask(lambda uow: needless(uow, found))
    )
    return sweeping.collect()


def folders(root: Path) -> set[str]:
    return {one.name for one in root.iterdir()} - {"versions"}


def marks(root: Path) -> set[str]:
    return {one.name for one in (root / "versions").iterdir()}


def bid_again(town: Town, agent: str) -> None:
    from syntropism.application.commands.bidding import open_bid
    from syntropism.domain.credits import MICRO
    from syntropism.domain.market.offers import make_offer

    offer = make_offer(BUNDLE, 40 * MICRO, town.rules.parameters)
    town.do(lambda fx: open_bid(fx, agent, agent, offer, None))


@define
class Holding:
    """A desk that goes on whatever happens: its host is cut off and does not know."""

    desk: Desk

    def __getattr__(self, name: str):
        return getattr(self.desk, name)

    def goes_on(self, _window, _cpu_ms=0, _memory_bytes=0) -> bool:
        return True


def worker(
    town: Town, store: Snapshots, folder: Path, name: str, sandbox: Diarist, holds: bool = False
) -> Worker:
    """A worker on a host of its own."""
    root = folder / name
    workspaces = FilesystemWorkspaces(root)
    desk = Desk(
        worker_id=name,
        store=town.store,
        rules=town.rules,
        tokens=EdDsaTokens(new_key()),
        queue=RowQueue(town.store),
    )
    return Worker(
        desk=Holding(desk) if holds else desk,
        sandbox=sandbox,
        workspaces=workspaces,
        service_address=("127.0.0.1", 1),
        snapshots=SnapshotKeeper(
            snapshots=store,
            folders=FilesystemSnapshotFolders(root),
            workspaces=workspaces,
            sleep=lambda _seconds: None,
        ),
    )
