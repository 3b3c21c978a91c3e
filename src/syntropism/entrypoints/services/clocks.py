"""The clock of this machine beside that of the economy."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from attrs import define, field

from syntropism.application.ports.unit_of_work import UnitOfWorkFactory

LOOK_SECONDS: Final = 5.0
"""How often the two are compared."""


def machine_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@define
class ClockWatch:
    """Tells in one line that the clock of this machine is off by more than
    ``tolerated_seconds``, and in another one that it is right again. Nothing stops over it:
    leases and deadlines go by the clock of the economy alone."""

    tolerated_seconds: float
    tell: Callable[[str], object]
    now: Callable[[], datetime] = machine_now
    trouble: str = field(default="", init=False)
    """What is wrong now; empty if nothing is."""
    _looked: float = field(default=float("-inf"), init=False)

    def look(self, store: UnitOfWorkFactory) -> None:
        """Compares it with that of the store, now and then.

        Raises:
            StorageFailed: the store does not answer.
        """
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        began = self.now()
        with store(read_only=True) as uow:
            theirs = uow.now()
        self._looked = time.monotonic()
        self.heard(theirs, began)

    def heard(self, theirs: datetime, began: datetime) -> None:
        """The economy said that it is ``theirs``, asked when it was ``began`` here."""
        behind = (theirs - self.now()).total_seconds()
        ahead = (began - theirs).total_seconds()
        off, how = max((behind, "behind"), (ahead, "ahead of"))
        if off > self.tolerated_seconds:
            if not self.trouble:
                self.tell(
                    f"warning: the clock of this machine is {off:.1f} s {how} that of the "
                    "economy; leases do not mind, but tokens and times in logs may: set it (NTP)"
                )
            self.trouble = f"the clock of this machine is {off:.1f} s {how} that of the economy"
        elif self.trouble:
            self.trouble = ""
            self.tell("the clock of this machine is right again")
