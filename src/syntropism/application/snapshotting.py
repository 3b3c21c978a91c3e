"""A worker's way to work on workspaces that travel: check out a version, leave the next."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from attrs import evolve, frozen

from syntropism.application.ports.sandbox import ProviderFailed, WindowOutcome
from syntropism.application.ports.snapshots import Overfull, SnapshotFolders, Snapshots
from syntropism.application.ports.worker_desk import LeasedWindow
from syntropism.application.ports.workspaces import Workspaces
from syntropism.domain.execution.snapshots import snapshot_name

T = TypeVar("T")

_log: Final = logging.getLogger("syntropism.snapshots")

PAUSES_SECONDS: Final = (0.5, 2.0, 5.0)
"""Between one try to reach the object store and the next."""


@frozen(slots=True, kw_only=True)
class SnapshotKeeper:
    """The workspaces of one host, and the object store they come from and go to."""

    snapshots: Snapshots
    folders: SnapshotFolders
    workspaces: Workspaces
    sleep: Callable[[float], object] = time.sleep

    def check_out(self, window: LeasedWindow) -> Path:
        """Makes the folder of the agent equal to the version that its window starts from, and
        marks it as changed: whatever becomes of the window, it is not trusted again. A folder
        from before there were snapshots is used in place until a first one was taken.

        Raises:
            ProviderFailed: the object store, or this host, fails us.
        """
        agent_id = window.agent_id
        standing = self.folders.standing(agent_id)
        if window.snapshot and standing != window.snapshot:
            self._bring(window)
        elif not window.snapshot and standing is not None:  # an attempt left what nobody kept
            self.folders.clear(agent_id)
        if window.snapshot or standing is not None:
            self.folders.mark(agent_id, "")
        return self.workspaces.checkout(agent_id, window.files)

    def _bring(self, window: LeasedWindow) -> None:
        with self.folders.scratch() as archive:

            def fetch() -> None:
                archive.seek(0)
                archive.truncate()
                self.snapshots.fetch(window.snapshot, archive)

            self._patiently(fetch)
            archive.seek(0)
            self.folders.unpack(window.agent_id, archive)

    def leave(self, window: LeasedWindow, outcome: WindowOutcome) -> WindowOutcome:
        """Uploads the workspace as it is now; the outcome then says so. One that is too large
        is not kept, which the outcome says too: the next window starts from the version before.

        Raises:
            ProviderFailed: the object store, or this host, fails us.
        """
        name = snapshot_name(window.agent_id, window.execution_id, window.attempt)
        with self.folders.scratch() as archive:
            try:
                self.folders.pack(window.agent_id, archive)
            except Overfull as excess:
                _log.warning("the workspace of agent %s: %s", window.agent_id, excess)
                detail = f"{outcome.detail}; " if outcome.detail else ""
                return evolve(outcome, detail=f"{detail}the workspace was not kept: {excess}")

            def put() -> None:
                archive.seek(0)
                self.snapshots.put(name, archive)

            self._patiently(put)
        self.folders.mark(window.agent_id, name)
        return evolve(outcome, snapshot=True)

    def _patiently(self, deed: Callable[[], T]) -> T:
        for pause in PAUSES_SECONDS:
            try:
                return deed()
            except ProviderFailed as fault:
                _log.info("again in %g s: %s", pause, fault)
                self.sleep(pause)
        return deed()
