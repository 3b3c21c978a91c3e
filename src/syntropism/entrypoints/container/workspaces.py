"""Where the files of agents lie, and how they travel."""

import os
from collections.abc import Callable

from syntropism.adapters.filesystem.snapshots import FilesystemSnapshotFolders
from syntropism.adapters.filesystem.workspaces import FilesystemWorkspaces
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.process import SANDBOX_UID
from syntropism.application.commands.leading import Leadership
from syntropism.application.ports.snapshots import SnapshotFolders, Snapshots
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.ports.workspaces import ShownWorkspaces, Workspaces
from syntropism.application.remains import ArchiveExpiry
from syntropism.application.snapshot_garbage import SnapshotGarbage
from syntropism.application.snapshotting import SnapshotKeeper
from syntropism.application.tidying import Tidying
from syntropism.application.travelled import TravelledWorkspaces
from syntropism.entrypoints.wiring import Wiring


def make_workspaces(wiring: Wiring) -> Workspaces:
    if wiring.folder is None:
        return MemoryWorkspaces()
    return FilesystemWorkspaces(wiring.folder / "workspaces", _owner())


def _owner() -> tuple[int, int] | None:
    """Who agents are on this host, if not we ourselves."""
    return (SANDBOX_UID, SANDBOX_UID) if os.geteuid() == 0 else None


def make_folders(wiring: Wiring) -> SnapshotFolders:
    assert wiring.folder is not None, "workspaces that travel need a folder"
    return FilesystemSnapshotFolders(wiring.folder / "workspaces", _owner())


def make_keeper(
    wiring: Wiring, snapshots: Snapshots | None, workspaces: Workspaces
) -> SnapshotKeeper | None:
    if snapshots is None:
        return None
    return SnapshotKeeper(snapshots=snapshots, folders=make_folders(wiring), workspaces=workspaces)


def make_shown(
    wiring: Wiring,
    store: UnitOfWorkFactory,
    objects: Callable[[], Snapshots],
    workspaces: Workspaces,
) -> ShownWorkspaces:
    if wiring.folder is None or wiring.messaging is None or not wiring.messaging.snapshots:
        return workspaces
    return TravelledWorkspaces(
        store=store, snapshots=objects, folders=make_folders(wiring), here=workspaces
    )


def make_tidying(
    wiring: Wiring, store: UnitOfWorkFactory, workspaces: Workspaces, snapshots: Snapshots | None
) -> Tidying:
    keep = wiring.keep_dead
    archives = ArchiveExpiry(store, workspaces, keep)
    chores: list[Callable[[Leadership | None], int]] = [lambda _lead: archives.collect()]
    if snapshots is not None:
        chores.append(SnapshotGarbage(store, snapshots, keep).collect)
    return Tidying(tuple(chores))
