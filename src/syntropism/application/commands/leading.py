"""Leadership: one orchestrator at a time, fenced by a number that every step checks."""

from datetime import timedelta

from attrs import frozen

from syntropism.application.ports.repositories.leases import Lease
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.domain.errors import Conflict

ORCHESTRATOR = "orchestrator"


@frozen(slots=True)
class Leadership:
    """Proof of having been elected: who, under which fencing number."""

    holder: str
    fence: int


ALONE = ("run-", "library-")
"""How the holders are called that run a whole economy in one process, under its lock."""


def abandoned(uow: UnitOfWork) -> bool:
    """Whether nobody leads but perhaps a process that ran the economy alone. Who holds the lock
    of such processes knows that it is gone; orchestrators elsewhere may live."""
    lease = uow.leases.get(ORCHESTRATOR)
    return lease is None or lease.holder.startswith(ALONE)


def take_lead(uow: UnitOfWork, holder: str, lease_ms: int, *, vacant: bool = False) -> Leadership:
    """Takes or renews the orchestrator lease. ``vacant`` says that any earlier holder is known
    to be gone (an exclusive lock on this host proves it).

    Raises:
        Conflict: another orchestrator leads; ``retry_after_seconds`` tells for how long.
    """
    now = uow.now()
    lease = uow.leases.get(ORCHESTRATOR)
    if lease is not None and lease.holder != holder and not vacant and lease.expires_at > now:
        raise Conflict(
            "another orchestrator leads this economy",
            retry_after_seconds=max(1, int((lease.expires_at - now).total_seconds()) + 1),
            holder=lease.holder,
        )
    fence = lease.fence if lease else 0
    if lease is None or lease.holder != holder:
        fence += 1
    until = now + timedelta(milliseconds=lease_ms)
    uow.leases.save(Lease(ORCHESTRATOR, holder, fence, until))
    return Leadership(holder, fence)


def give_up_lead(uow: UnitOfWork, leadership: Leadership) -> None:
    """Lets somebody else lead at once; does nothing if somebody does already."""
    lease = uow.leases.get(ORCHESTRATOR)
    if lease is not None and (lease.holder, lease.fence) == (leadership.holder, leadership.fence):
        uow.leases.save(Lease(ORCHESTRATOR, lease.holder, lease.fence, uow.now()))


def require_lead(uow: UnitOfWork, leadership: Leadership) -> None:
    """Raises:
    Conflict: somebody else has been elected since.
    """
    lease = uow.leases.get(ORCHESTRATOR)
    if lease is None or (lease.holder, lease.fence) != (leadership.holder, leadership.fence):
        raise Conflict("this orchestrator no longer leads", holder=leadership.holder)
