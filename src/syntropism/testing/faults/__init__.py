"""Ports that fail, as a seed decides: a decorator for each of them.

``faulty_store(store, Faults.seeded(7))`` is a store whose transactions are lost, refused or cut
off, within the contract of its port: what may be raised is raised, before or after the work was
done. ``PORTS`` has the decorator of every port.
"""

from collections.abc import Mapping
from typing import Any, Final

from syntropism.testing.faults import ports, stores
from syntropism.testing.faults.decorating import Decorator
from syntropism.testing.faults.kinds import AFTER, BEFORE, Call, Fault, answers, fails
from syntropism.testing.faults.plan import Faults
from syntropism.testing.faults.ports import (
    faulty_clearing_engine,
    faulty_clock,
    faulty_debug_relay,
    faulty_desk,
    faulty_event_publisher,
    faulty_execution_queue,
    faulty_human,
    faulty_ids,
    faulty_relay,
    faulty_relay_door,
    faulty_sandbox,
    faulty_shown_workspaces,
    faulty_snapshot_folders,
    faulty_snapshots,
    faulty_tokens,
    faulty_usage_meter,
    faulty_window_files,
    faulty_workspaces,
)
from syntropism.testing.faults.stores import REPOSITORIES, faulty_store, faulty_unit_of_work


def _all() -> dict[type, Decorator[Any]]:
    found = [one for part in (ports, stores) for one in vars(part).values()]
    decorators = [one for one in found if isinstance(one, Decorator)]
    return {one.protocol: one for one in (*decorators, *REPOSITORIES.values())}


PORTS: Final[Mapping[type, Decorator[Any]]] = _all()
"""The decorator of each port, by its protocol."""

__all__ = [
    "AFTER",
    "BEFORE",
    "PORTS",
    "REPOSITORIES",
    "Call",
    "Decorator",
    "Fault",
    "Faults",
    "answers",
    "fails",
    "faulty_clearing_engine",
    "faulty_clock",
    "faulty_debug_relay",
    "faulty_desk",
    "faulty_event_publisher",
    "faulty_execution_queue",
    "faulty_human",
    "faulty_ids",
    "faulty_relay",
    "faulty_relay_door",
    "faulty_sandbox",
    "faulty_shown_workspaces",
    "faulty_snapshot_folders",
    "faulty_snapshots",
    "faulty_store",
    "faulty_tokens",
    "faulty_unit_of_work",
    "faulty_usage_meter",
    "faulty_window_files",
    "faulty_workspaces",
]
