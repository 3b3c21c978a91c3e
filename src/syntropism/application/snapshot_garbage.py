"""Removing the snapshots that nobody will ask for again."""

import logging
import time
from collections.abc import Callable
from typing import Final

from attrs import define, field

from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.snapshots import Snapshots
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.retrying import read, retried
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.execution.snapshots import attempt_behind
from syntropism.domain.identifiers import AgentId

EVERY_SECONDS: Final = 60.0
PAGE: Final = 500

_log: Final = logging.getLogger("syntropism.snapshots")


@define
class SnapshotGarbage:
    """Keeps the current version of everybody, versions that open dead letters point to, and
    what an attempt that is under way may be about to commit; removes the rest."""

    store: UnitOfWorkFactory
    snapshots: Snapshots
    every_seconds: float = EVERY_SECONDS
    seconds: Callable[[], float] = time.monotonic
    _collected: float = field(default=float("-inf"), init=False)

    def now_and_then(self) -> int:
        """Collects, if the last time is long enough ago; how many objects were removed. That
        the object store does not answer is no reason to stop anything."""
        if self.seconds() - self._collected < self.every_seconds:
            return 0
        self._collected = self.seconds()
        try:
            return self.collect()
        except ProviderFailed as fault:
            _log.warning("snapshots were not collected: %s", fault)
            return 0

    def collect(self) -> int:
        """Removes all garbage that there is; how many objects.

        The names are read before the rows: an object that is in the list was uploaded by an
        attempt that the rows then know as under way, as committed, or as one that never can.

        Raises:
            ProviderFailed: the object store does not answer.
        """
        names = self.snapshots.names()
        self._prune()
        under_way, wanted = read(
            self.store,
            lambda uow: (
                {(one.id, one.attempt) for one in uow.executions.unfinished()},
                {one.snapshot for one in uow.workspace_versions.everything()},
            ),
        )
        removed = 0
        for name in names:
            if name not in wanted and attempt_behind(name) not in under_way:
                self.snapshots.remove(name)
                removed += 1
        return removed

    @retried
    def _prune(self) -> None:
        """Forgets the versions that are neither current nor pointed to. What a letter points to
        was superseded in the transaction that wrote the letter, or later; so the versions are
        read first."""
        with self.store() as uow:
            found = uow.workspace_versions.everything()
            heads: dict[AgentId, int] = {}
            for one in found:
                heads[one.agent_id] = max(one.version, heads.get(one.agent_id, 0))
            pointed_to = _pointed_to(uow)
            forgotten = [
                one
                for one in found
                if one.version < heads[one.agent_id]
                and (one.agent_id, one.version) not in pointed_to
            ]
            if forgotten:
                uow.workspace_versions.remove(forgotten)
                uow.commit()


def _pointed_to(uow: UnitOfWork) -> set[tuple[AgentId, int]]:
    """The versions that open dead letters point to."""
    found: set[tuple[AgentId, int]] = set()
    before: str | None = None
    while True:
        letters = uow.dead_letters.page(PAGE, before, DeadLetterStatus.OPEN)
        found |= {(one.agent_id, one.workspace_version) for one in letters}
        if len(letters) < PAGE:
            return found
        before = letters[-1].id
