"""Snapshots of workspaces: the objects that travel, and the folders that they are made from."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from syntropism.application.ports.workspaces import Listing
from syntropism.domain.identifiers import AgentId

Standings = Mapping[AgentId, str | None]
"""What the folders of agents on one host are equal to: a snapshot; none, if that is empty; or
``None``, if they never had to do with one."""


class Snapshots(Protocol):
    """Objects by name, kept where every host can reach them.

    All methods raise ``ProviderFailed`` while it cannot be reached, or refuses.
    """

    def put(self, name: str, content: BinaryIO) -> None:
        """Keeps what is left to read of ``content`` under ``name``, completely or not at all;
        in place of what was there."""
        ...

    def fetch(self, name: str, target: BinaryIO) -> None:
        """Writes the object to ``target``, unchanged.

        Raises:
            ProviderFailed: also if there is none of that name, or it was damaged.
        """
        ...

    def names(self) -> Collection[str]:
        """What there is. Looks also after uploads that were never finished."""
        ...

    def remove(self, name: str) -> None:
        """Removes the object, without a trace; does nothing if there is none."""
        ...


class Overfull(Exception):
    """A workspace is too large to be kept; one line."""


class SnapshotFolders(Protocol):
    """The workspaces of this host, as far as they stand for snapshots.

    All methods raise ``ProviderFailed`` when the host cannot store or read something.
    """

    def held(self, agent_id: AgentId) -> AbstractContextManager[None]:
        """The workspace is this attempt's alone, on this host.

        Raises:
            ProviderFailed: another attempt has had it for too long.
        """
        ...

    def standing(self, agent_id: AgentId) -> str | None:
        """The snapshot that the folder is equal to; empty if it is equal to none or there is no
        folder, ``None`` if it never had to do with one."""
        ...

    def mark(self, agent_id: AgentId, snapshot: str) -> None:
        """The folder is equal to ``snapshot``; or, if that is empty, to none."""
        ...

    def scratch(self) -> AbstractContextManager[BinaryIO]:
        """An empty file that is gone afterwards."""
        ...

    def pack(self, agent_id: AgentId, target: BinaryIO) -> None:
        """Writes the regular files of the workspace as one archive; the same files give the same
        bytes.

        Raises:
            Overfull: there are too many, or they are too large.
        """
        ...

    def unpack(self, agent_id: AgentId, source: BinaryIO) -> None:
        """The workspace holds what the archive holds, and nothing else; or is left as it was.

        Raises:
            ProviderFailed: also if the archive is damaged, too large, or holds anything but
                regular files with paths inside of the workspace.
        """
        ...

    def listed(self, source: BinaryIO) -> Listing:
        """What an archive holds, and the folders that it lies in.

        Raises:
            ProviderFailed: also if the archive is damaged.
        """
        ...

    def read(self, source: BinaryIO, path: str, bytes_max: int) -> bytes:
        """The first ``bytes_max`` bytes of a file in an archive.

        Raises:
            NotFound: there is no such file.
            Invalid: a path that leaves the workspace.
            ProviderFailed: also if the archive is damaged.
        """
        ...

    def clear(self, agent_id: AgentId) -> None:
        """There is no workspace, if there was one."""
        ...

    def standings(self, older_than_seconds: float = 0) -> Standings:
        """Everybody of whom there is anything here that was not touched within the last
        ``older_than_seconds``, and what it stands for (see ``standing``)."""
        ...

    def sweep(self, agent_id: AgentId, snapshot: str | None) -> bool:
        """Removes the workspace and all that is beside it, unless an attempt has it or it does not
        stand for ``snapshot`` any more; whether it did."""
        ...
