"""Sweeping a host: the folders of agents that live elsewhere now, or not at all."""

from collections.abc import Callable, Collection
from itertools import islice
from typing import Final

from attrs import frozen

from syntropism.application.ports.snapshots import SnapshotFolders, Standings
from syntropism.domain.identifiers import AgentId

BATCH: Final = 200
"""How many folders the economy is asked about at once."""

Needless = Callable[[Standings], Collection[AgentId]]
"""The economy's answer: those of these agents whose folders, equal to these snapshots, nobody
will ask for again (:func:`~syntropism.application.queries.hosting.needless`)."""


@frozen(slots=True)
class HostSweep:
    """A folder that an attempt has, or that has changed since the economy was asked, stays."""

    folders: SnapshotFolders
    needless: Needless

    def collect(self, older_than_seconds: float = 0) -> int:
        """Removes what is needless and older; of how many agents. Repeatable, at any time.

        Raises:
            ProviderFailed: the host cannot read or remove something.
        """
        left = iter(sorted(self.folders.standings(older_than_seconds).items()))
        removed = 0
        while batch := dict(islice(left, BATCH)):
            for agent_id in sorted(self.needless(batch)):
                removed += self.folders.sweep(agent_id, batch[agent_id])
        return removed
