"""Removing the snapshots that nobody will ask for again."""

from datetime import timedelta

from attrs import frozen

from syntropism.application.commands.leading import Leadership, require_lead
from syntropism.application.ports.snapshots import Snapshots
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.remains import KEEP, long_dead, pointed_to
from syntropism.application.retrying import read, retried
from syntropism.domain.execution.snapshots import attempt_behind
from syntropism.domain.identifiers import AgentId


@frozen(slots=True)
class SnapshotGarbage:
    """Keeps the current version of everybody who lives or died less than ``keep_dead`` ago,
    versions that open dead letters point to, and what an attempt that is under way may be about
    to commit; removes the rest. Rows go first: killed in between, it finds the objects again."""

    store: UnitOfWorkFactory
    snapshots: Snapshots
    keep_dead: timedelta = KEEP

    def collect(self, lead: Leadership | None = None) -> int:
        """Removes all garbage that there is, for an orchestrator that has the ``lead``; how many
        objects.

        The names are read before the rows: an object that is in the list was uploaded by an
        attempt that the rows then know as under way, as committed, or as one that never can.

        Raises:
            ProviderFailed: the object store does not answer.
            Conflict: somebody else has been elected since.
        """
        names = self.snapshots.names()
        self._prune(lead)
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
    def _prune(self, lead: Leadership | None) -> None:
        """Forgets the versions that are not pointed to and not current, or their agent's remains
        and kept for long enough. What a letter points to was superseded in the transaction that
        wrote the letter, or later; so the versions are read first."""
        with self.store() as uow:
            if lead is not None:
                require_lead(uow, lead)
            found = uow.workspace_versions.everything()
            heads: dict[AgentId, int] = {}
            for one in found:
                heads[one.agent_id] = max(one.version, heads.get(one.agent_id, 0))
            gone = long_dead(uow, heads, self.keep_dead)
            wanted = pointed_to(uow)
            forgotten = [
                one
                for one in found
                if (one.version < heads[one.agent_id] or one.agent_id in gone)
                and (one.agent_id, one.version) not in wanted
            ]
            if forgotten:
                uow.workspace_versions.remove(forgotten)
                uow.commit()
