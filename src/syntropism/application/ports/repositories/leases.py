"""Who leads."""

from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen(slots=True)
class Lease:
    """Leadership: who holds ``name``, under which fencing number, until when."""

    name: str
    holder: str
    fence: int
    expires_at: datetime


class Leases(Protocol):
    """Leadership rows."""

    def get(self, name: str) -> Lease | None:
        """The lease, locked until the end of the transaction."""
        ...

    def save(self, lease: Lease) -> None: ...
