"""What goes wrong, and when: a seeded plan that every decorator asks."""

from random import Random
from typing import Any, Final

from syntropism.testing.faults import (
    Faults,
    faulty_clock,
    faulty_desk,
    faulty_event_publisher,
    faulty_human,
    faulty_snapshot_folders,
    faulty_snapshots,
    faulty_tokens,
    faulty_usage_meter,
    faulty_workspaces,
)
from syntropism.testing.faults.decorating import Decorator

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

_PORTS: Final[tuple[tuple[Decorator[Any], float], ...]] = (
    (faulty_clock, 0.1),
    (faulty_desk, 0.004),
    (faulty_event_publisher, 0.03),
    (faulty_human, 0.3),
    (faulty_snapshot_folders, 0.03),
    (faulty_snapshots, 0.05),
    (faulty_tokens, 0.05),
    (faulty_usage_meter, 0.05),
    (faulty_workspaces, 0.02),
)
"""Ports that fail as their decorators let them, and how probably."""

_SELDOM: Final = {
    "WorkerDesk.start": 0.02,
    "WorkerDesk.report": 0.03,
    "WorkerDesk.lose": 0.2,
    "Workspaces.archive": 0.2,
    "Workspaces.archived": 0.2,
    "Workspaces.forget": 0.2,
    "SnapshotFolders.unpack": 0.1,
    "SnapshotFolders.pack": 0.05,
    "Snapshots.remove": 0.1,
    "Snapshots.fetch": 0.1,
}
"""What is not asked for often fails more often."""

_UNASKED: Final = frozenset(
    (
        *("Clock.sleep", "UsageMeter.reserve", "UsageMeter.settle", "Workspaces.listing"),
        *("SnapshotFolders.held", "SnapshotFolders.standings", "SnapshotFolders.sweep"),
        *("SnapshotFolders.listed", "SnapshotFolders.read"),
    )
)
"""What nobody asks for in a simulation, or hardly ever."""


def _of_ports() -> dict[str, float]:
    return {
        fault: _SELDOM.get(fault.split()[0], rate)
        for port, rate in _PORTS
        for fault in port.faults
        if fault.split()[0] not in _UNASKED
    }


RATES.update(_of_ports())


def simulated_faults(random: Random) -> Faults:
    """What goes wrong in one simulation."""
    return Faults(random, RATES)
