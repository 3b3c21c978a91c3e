"""From the outbox to the world: whatever was committed is published, by one replica at a time."""

from datetime import timedelta
from typing import Final

from attrs import define

from syntropism.application.ports.event_publisher import EventPublisher, Superseded
from syntropism.application.ports.repositories.leases import Lease
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.retrying import read, retried
from syntropism.domain.events import Event

PUBLISHER: Final = "publisher"
"""The name of the lease, and of the place in the history."""

BATCH: Final = 256
LEASE_MS: Final = 15_000


@define
class Outbox:
    """One replica's turn at publishing; any number of replicas may step.

    The place reached is kept in the database under the lease's fencing number, so a replica
    that was stopped past its lease cannot move it. A crash between publishing and keeping the
    place repeats events, which whoever takes over finds out before it begins; consumers know
    them by their ids in any case.
    """

    store: UnitOfWorkFactory
    publisher: EventPublisher
    holder: str
    _fence: int = 0
    _place: int | None = None

    def step(self) -> int:
        """Publishes the next events; how many. 0: there is none, or it is another's turn.

        Raises:
            PublishFailed: see :class:`EventPublisher`; the next step tries again.
        """
        if not self._have_turn():
            return 0
        if self._place is None:
            self._place = self._look()
        place = self._place
        events = read(self.store, lambda uow: uow.events.since(place, BATCH))
        if not events:
            return 0
        self._place = None  # whatever goes wrong now: look again
        try:
            self.publisher.publish(events)
        except Superseded:
            return 0
        self._place = self._keep(events[-1].sequence)
        return len(events) if self._place is not None else 0

    @retried
    def release(self) -> None:
        """Lets another replica have its turn at once."""
        if not self._fence:
            return
        with self.store() as uow:
            lease = uow.leases.get(PUBLISHER)
            if lease is not None and self._ours(lease):
                uow.leases.save(Lease(PUBLISHER, self.holder, self._fence, uow.now()))
                uow.commit()
        self._fence = 0

    def _have_turn(self) -> bool:
        lease, now = read(self.store, lambda uow: (uow.leases.get(PUBLISHER), uow.now()))
        if lease is not None and lease.holder != self.holder and lease.expires_at > now:
            return False
        soon = now + timedelta(milliseconds=LEASE_MS // 2)
        if lease is not None and self._ours(lease) and lease.expires_at > soon:
            return True
        return self._take()

    @retried
    def _take(self) -> bool:
        """Takes the lease, or renews it; also one that this replica took without being told, for
        the answer to its commit was lost."""
        with self.store() as uow:
            lease = uow.leases.get(PUBLISHER)
            mine = lease is not None and lease.holder == self.holder
            if lease is not None and not mine and lease.expires_at > uow.now():
                return False
            fence = lease.fence + (not mine) if lease else 1
            self._save_lease(uow, fence)
            uow.commit()
        renewing, self._fence = fence == self._fence, fence
        self._place = self._place if renewing else None
        return True

    def _look(self) -> int:
        """Where to begin: after the place that was kept, or after what is out already. What is
        out counts only if it is of this very history: a database that was restored from a
        backup has another one."""
        out = self.publisher.resume()

        def place_in(uow: UnitOfWork) -> int:
            place = uow.positions.get(PUBLISHER)
            if out is None or out.sequence <= place:
                return place
            found = uow.events.since(out.sequence - 1, 1)
            return out.sequence if found and _is(found[0], out.sequence, out.event_id) else place

        return read(self.store, place_in)

    @retried
    def _keep(self, place: int) -> int | None:
        """Keeps the place, if it is still this replica's turn."""
        with self.store() as uow:
            lease = uow.leases.get(PUBLISHER)
            if lease is None or not self._ours(lease):
                return None
            uow.positions.save(PUBLISHER, place)
            self._save_lease(uow, self._fence)
            uow.commit()
        return place

    def _save_lease(self, uow: UnitOfWork, fence: int) -> None:
        until = uow.now() + timedelta(milliseconds=LEASE_MS)
        uow.leases.save(Lease(PUBLISHER, self.holder, fence, until))

    def _ours(self, lease: Lease) -> bool:
        return bool(self._fence) and (lease.holder, lease.fence) == (self.holder, self._fence)


def _is(event: Event, sequence: int, event_id: str) -> bool:
    return (event.sequence, event.id) == (sequence, event_id)
