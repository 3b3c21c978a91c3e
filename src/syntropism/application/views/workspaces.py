"""What lies in an agent's workspace."""

from attrs import frozen

from syntropism.application.ports.workspaces import Listing


@frozen
class FileView:
    """Something in a workspace; ``size`` is in bytes, 0 unless it is a regular file."""

    path: str
    size: int
    kind: str


@frozen
class FilesView:
    """What lies in an agent's workspace, ordered by path; ``archived`` at its death.
    ``complete`` is false when there was more than is told."""

    agent_id: str
    archived: bool
    complete: bool
    files: tuple[FileView, ...]

    @classmethod
    def of(cls, agent_id: str, listing: Listing) -> "FilesView":
        files = tuple(FileView(one.path, one.size, one.kind.value) for one in listing.entries)
        return cls(agent_id, listing.archived, listing.complete, files)
