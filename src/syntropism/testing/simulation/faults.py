"""What goes wrong, and when: a seeded plan that every decorator asks."""

from collections import Counter
from random import Random
from typing import Final

from attrs import define, field

COMMIT_REFUSED: Final = "the connection is cut before a commit"
COMMIT_LOST: Final = "the answer to a commit is lost"
CONNECTION_CUT: Final = "the connection is cut in mid-transaction"
SERIALIZATION: Final = "a serialization failure"
DEADLOCK: Final = "a deadlock"
DISK_FULL: Final = "the disk is full"
KILLED_BEFORE_WRITE: Final = "killed before a write"
KILLED_AFTER_WRITE: Final = "killed after a write"
KILLED_BEFORE_COMMIT: Final = "killed before a commit"
KILLED_AFTER_COMMIT: Final = "killed after a commit"
KILLED_BEFORE_PUBLISH: Final = "killed before a publish"
KILLED_AFTER_PUBLISH: Final = "killed after a publish or acknowledgement"
BROKER_CUT: Final = "the broker cannot be reached"
ACKNOWLEDGEMENT_LOST: Final = "an acknowledgement is lost"
DELIVERY_LOST: Final = "a delivery is lost"
DELIVERED_AGAIN: Final = "an old delivery comes again"
REORDERED: Final = "deliveries are reordered"
POISONED: Final = "a message is poisoned"
PROVIDER_FAILED: Final = "the sandbox fails"
KILLED_IN_WINDOW: Final = "killed in mid-window"
KILLED_ANYWHERE: Final = "killed at any moment"
STOPPED: Final = "stopped past its lease, and resumed"
CLOCK_JUMPED: Final = "the clock jumps"

RATES: Final[dict[str, float]] = {
    COMMIT_REFUSED: 0.01,
    COMMIT_LOST: 0.01,
    CONNECTION_CUT: 0.002,
    SERIALIZATION: 0.02,
    DEADLOCK: 0.001,
    DISK_FULL: 0.004,
    KILLED_BEFORE_WRITE: 0.0015,
    KILLED_AFTER_WRITE: 0.0015,
    KILLED_BEFORE_COMMIT: 0.008,
    KILLED_AFTER_COMMIT: 0.008,
    KILLED_BEFORE_PUBLISH: 0.02,
    KILLED_AFTER_PUBLISH: 0.02,
    BROKER_CUT: 0.01,
    ACKNOWLEDGEMENT_LOST: 0.02,
    DELIVERY_LOST: 0.05,
    DELIVERED_AGAIN: 0.05,
    REORDERED: 0.2,
    POISONED: 0.02,
    PROVIDER_FAILED: 0.05,
    KILLED_IN_WINDOW: 0.03,
    KILLED_ANYWHERE: 0.002,
    STOPPED: 0.002,
    CLOCK_JUMPED: 0.0005,
}
"""How probable each fault is where it can happen."""


@define
class Faults:
    """Decides with a seed whether something goes wrong now, and counts what did."""

    random: Random
    rates: dict[str, float] = field(factory=lambda: dict(RATES))
    injected: Counter[str] = field(factory=Counter)
    active: bool = True

    def strikes(self, fault: str) -> bool:
        """Whether ``fault`` happens here and now."""
        if not self.active or self.random.random() >= self.rates.get(fault, 0.0):
            return False
        self.injected[fault] += 1
        return True
