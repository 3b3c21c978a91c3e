"""Workers as the market sees them: what each has declared that it has room for."""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from syntropism.domain.errors import Invalid
from syntropism.domain.identifiers import WorkerId
from syntropism.domain.market.resources import Rates

NAME_MAX = 64
"""Longest name of a worker, in characters."""


def require_worker_id(name: str) -> WorkerId:
    """``name`` as a worker may be called.

    Raises:
        Invalid: empty, too long, or not letters, digits, ``.``, ``_`` and ``-``.
    """
    plain = name.replace(".", "").replace("_", "").replace("-", "")
    if not (0 < len(name) <= NAME_MAX and plain.isascii() and plain.isalnum()):
        raise Invalid(
            f"a worker's name is 1-{NAME_MAX} letters, digits, '.', '_' or '-'", field="worker_id"
        )
    return WorkerId(name)


@frozen(slots=True, kw_only=True)
class DeclaredWorker:
    """One worker, with the capacity it has declared in thousandths of a core and of a megabyte,
    and how many windows it lives at once.

    It counts as live until ``expires_at``, which every heartbeat moves; a ``draining`` one ends
    what it has and takes nothing new.
    """

    id: WorkerId
    cpu_milli: int
    memory_milli_mb: int
    slots: int
    heartbeat_at: datetime
    expires_at: datetime
    draining: bool = False

    def __attrs_post_init__(self) -> None:
        for name in ("cpu_milli", "memory_milli_mb", "slots"):
            if getattr(self, name) <= 0:
                raise Invalid(f"{name} must be greater than zero", field=name)

    @property
    def rates(self) -> Rates:
        """Its capacity as the market counts; tokens and attention belong to no worker."""
        return (self.cpu_milli, self.memory_milli_mb, 0, 0)

    def live(self, now: datetime) -> bool:
        """Whether windows can be offered to it."""
        return not self.draining and self.expires_at > now

    def seen(self, now: datetime, lease_ms: int) -> "DeclaredWorker":
        """After a heartbeat."""
        until = now + timedelta(milliseconds=lease_ms)
        return evolve(self, heartbeat_at=now, expires_at=until)

    def gone(self, now: datetime) -> "DeclaredWorker":
        """After it has signed off."""
        return evolve(self, expires_at=now, draining=True)
