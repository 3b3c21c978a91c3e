"""Decorators of all ports but the store: what may go wrong by the contract of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from attrs import evolve

from syntropism.application.ports.clearing_engine import ClearingEngine
from syntropism.application.ports.clock import Clock, Ids
from syntropism.application.ports.debugging import DebugRelay
from syntropism.application.ports.event_publisher import EventPublisher, PublishFailed, Superseded
from syntropism.application.ports.execution_queue import Delivery, ExecutionQueue
from syntropism.application.ports.human import HumanChannel
from syntropism.application.ports.relay import RelayDoor, SocketRelay
from syntropism.application.ports.sandbox import ProviderFailed, ProviderReport, Sandbox
from syntropism.application.ports.snapshots import Overfull, SnapshotFolders, Snapshots
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.ports.window_files import WindowFiles
from syntropism.application.ports.worker_desk import WorkerDesk
from syntropism.application.ports.workspaces import Listing, ShownWorkspaces, Workspaces
from syntropism.domain.errors import Conflict, Unauthenticated
from syntropism.domain.identifiers import ExecutionId
from syntropism.testing.faults.decorating import Decorator
from syntropism.testing.faults.kinds import (
    AFTER,
    BEFORE,
    Call,
    Fault,
    answers,
    fails,
    fails_midway,
    ignored,
)

NOWHERE: Final = ExecutionId("00000000-0000-7000-8000-000000000000")
"""The execution that a poisoned message speaks of."""

OFF_SECONDS_MAX: Final = 2
"""By how much a clock that is off is off."""

_HOST: Final = fails(ProviderFailed, "the host cannot store it: make room")
_OBJECTS: Final = "the object store does not answer"
_BROKER: Final = fails(StorageAway, "the broker does not answer", BEFORE, AFTER)
_API: Final = fails(StorageAway, "no economy answers", BEFORE, AFTER)


def _off(now: datetime, random: Random) -> datetime:
    return now + timedelta(seconds=random.uniform(-OFF_SECONDS_MAX, OFF_SECONDS_MAX))


def _oversleeps(call: Call) -> Any:
    (seconds,) = call.arguments
    return call.go(seconds * call.random.uniform(1, 5))


faulty_clock: Final = Decorator[Clock](
    Clock, {"now": answers("is off", _off), "sleep": (Fault("takes longer", _oversleeps),)}
)

faulty_ids: Final = Decorator[Ids](Ids, {"new": (), "many": ()})

faulty_clearing_engine: Final = Decorator[ClearingEngine](
    ClearingEngine, {"solve": (), "clear_round": ()}
)

faulty_debug_relay: Final = Decorator[DebugRelay](
    DebugRelay, {"lead": fails(ProviderFailed, "the socket cannot be made"), "close": ()}
)

faulty_event_publisher: Final = Decorator[EventPublisher](
    EventPublisher,
    {
        "resume": (
            *fails(PublishFailed, "the stream does not answer"),
            *answers("cannot tell", lambda _out, _random: None),
        ),
        "publish": (
            *fails(PublishFailed, "the stream does not answer", BEFORE, AFTER),
            *fails_midway(PublishFailed, "the storage of the stream is full"),
            *fails(Superseded, "somebody else has published"),
        ),
    },
)


def _one_lost(told: list[Delivery], random: Random) -> list[Delivery]:
    left = list(told)
    if left:
        left.pop(random.randrange(len(left)))
    return left


def _one_twice(told: list[Delivery], random: Random) -> list[Delivery]:
    return [*told, random.choice(told)] if told else told


def _shuffled(told: list[Delivery], random: Random) -> list[Delivery]:
    return random.sample(told, len(told))


def _poisoned(told: list[Delivery], _: Random) -> list[Delivery]:
    return [*told, Delivery(NOWHERE, f"{NOWHERE}:0:1")]


faulty_execution_queue: Final = Decorator[ExecutionQueue](
    ExecutionQueue,
    {
        "offer": (*_BROKER, *fails_midway(StorageAway, "the storage of the broker is full")),
        "claim": (
            *_BROKER,
            *answers("loses a delivery", _one_lost),
            *answers("delivers twice", _one_twice),
            *answers("delivers out of order", _shuffled),
            *answers("delivers what nobody knows", _poisoned),
        ),
        "extend": _BROKER,
        "done": _BROKER,
        "give_back": _BROKER,
    },
)


def _scored_twice(scored: list[Any], _: Random) -> list[Any]:
    return [*scored, *scored[:1]]


faulty_human: Final = Decorator[HumanChannel](
    HumanChannel,
    {
        "consider": (
            *answers("looks away", lambda _scored, _random: []),
            *answers("scores a prompt twice", _scored_twice),
        )
    },
)

faulty_relay_door: Final = Decorator[RelayDoor](RelayDoor, {"admit": ()})

faulty_relay: Final = Decorator[SocketRelay](
    SocketRelay,
    {"open": fails(ProviderFailed, "the socket cannot be made")},
    {"open": faulty_relay_door},
)


def _unavailable(report: ProviderReport, _: Random) -> ProviderReport:
    return evolve(report, available=False, detail="the daemon does not answer: start it")


faulty_sandbox: Final = Decorator[Sandbox](
    Sandbox,
    {
        "run": fails(ProviderFailed, "the daemon does not answer: start it", BEFORE, AFTER),
        "cleanup": (),
        "undebuggable": (),
        "probe": answers("is not available", _unavailable),
    },
)

faulty_snapshots: Final = Decorator[Snapshots](
    Snapshots,
    {
        "put": fails(ProviderFailed, _OBJECTS, BEFORE, AFTER),
        "fetch": fails(ProviderFailed, _OBJECTS, BEFORE, AFTER),
        "names": fails(ProviderFailed, _OBJECTS),
        "remove": fails(ProviderFailed, _OBJECTS, BEFORE, AFTER),
    },
)

faulty_snapshot_folders: Final = Decorator[SnapshotFolders](
    SnapshotFolders,
    {
        "held": fails(ProviderFailed, "another attempt has the workspace"),
        "standing": _HOST,
        "mark": fails(ProviderFailed, "the host cannot store it: make room", BEFORE, AFTER),
        "scratch": _HOST,
        "pack": (*_HOST, *fails(Overfull, "it holds too much")),
        "unpack": _HOST,
        "listed": _HOST,
        "read": _HOST,
        "clear": _HOST,
        "standings": _HOST,
        "sweep": fails(ProviderFailed, "the host does not let it go", BEFORE, AFTER),
    },
)

faulty_tokens: Final = Decorator[TokenIssuer](
    TokenIssuer, {"issue": (), "verify": fails(Unauthenticated, "the token is not valid")}
)

faulty_usage_meter: Final = Decorator[UsageMeter](
    UsageMeter,
    {
        "sample": ignored("loses a sample"),
        "reserve": fails(StorageAway, "the meter does not answer", BEFORE, AFTER),
        "settle": fails(StorageAway, "the meter does not answer", BEFORE, AFTER),
        "read": answers("knows nothing", lambda _usage, _random: None),
        "flush": answers("knows nothing", lambda _usage, _random: None),
    },
)

faulty_window_files: Final = Decorator[WindowFiles](
    WindowFiles,
    {
        "open_up": (),
        "measure": (),
        "place_copy": fails(OSError, "no space left on the device"),
        "remove": (),
    },
)

faulty_desk: Final = Decorator[WorkerDesk](
    WorkerDesk,
    {
        "lease": _API,
        "start": (*_API, *fails(Conflict, "the attempt is no longer current")),
        "goes_on": (*_API, *answers("has lost touch", lambda _current, _random: False)),
        "report": _API,
        "lose": _API,
    },
)


def _incomplete(found: Listing, _: Random) -> Listing:
    entries: Sequence[Any] = found.entries
    return evolve(found, entries=tuple(entries[: len(entries) // 2]), complete=False)


_ELSEWHERE: Final = fails(StorageFailed, _OBJECTS)

faulty_shown_workspaces: Final = Decorator[ShownWorkspaces](
    ShownWorkspaces,
    {"listing": (*_ELSEWHERE, *answers("is incomplete", _incomplete)), "read": _ELSEWHERE},
)

faulty_workspaces: Final = Decorator[Workspaces](
    Workspaces,
    {
        "checkout": _HOST,
        "entries": (),
        "listing": answers("is incomplete", _incomplete),
        "read": (),
        "archive": fails(ProviderFailed, "the host cannot store it: make room", BEFORE, AFTER),
        "archived": _HOST,
        "forget": fails(ProviderFailed, "the host does not let it go", BEFORE, AFTER),
    },
)
