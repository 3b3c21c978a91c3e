"""Consumers of events: whatever is delivered more than once has its effect once."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import frozen

from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.retrying import retried

Effect = Callable[[UnitOfWork, Mapping[str, Any]], None]


@frozen(slots=True)
class Consumer:
    """Has ``effect`` for every event once, under the name of ``name``.

    The effect and the memory of it are one transaction: both are there or neither is. What an
    effect does beyond the database must be quick and may be repeated, after a crash or when the
    transaction is run again.
    """

    store: UnitOfWorkFactory
    name: str
    effect: Effect

    @retried
    def take(self, event: Mapping[str, Any]) -> bool:
        """One delivery of an event (its envelope); whether it was the first."""
        with self.store() as uow:
            if not uow.consumed.first(self.name, str(event["id"])):
                return False
            self.effect(uow, event)
            uow.commit()
            return True

    @retried
    def forget(self, age: timedelta) -> int:
        """Forgets what is older than anything that is still delivered; how many events."""
        with self.store() as uow:
            count = uow.consumed.forget(self.name, uow.now() - age)
            uow.commit()
            return count
