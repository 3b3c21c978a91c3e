"""The simulation can fail: each guard is taken away in turn, and some seed finds it."""

from collections.abc import Callable

import pytest
from attrs import frozen

from syntropism.adapters.memory import history, hosts, people, publishing, store
from syntropism.adapters.memory.history import MemoryAnswers
from syntropism.application import cycle, desk
from syntropism.application.publishing import Outbox
from syntropism.domain.execution.executions import Execution
from syntropism.testing.simulation import simulate
from syntropism.testing.simulation.store import Contention, FaultyUnitOfWork

SEEDS = 100
"""Within so many seeds a bug must be found."""

CYCLES = 6
"""Longer lives than those of `make test`: more can go wrong in them."""

Plant = Callable[[pytest.MonkeyPatch], None]


@frozen
class Bug:
    """What is planted, and a word of what is found."""

    plant: Plant
    sign: str


def no_lock(monkeypatch):
    """Transactions do not exclude each other."""

    def enter(uow):
        uow._store.journal.writable = True
        return uow

    monkeypatch.setattr(Contention, "take", lambda _self: None)
    monkeypatch.setattr(store.MemoryUnitOfWork, "__enter__", enter)
    monkeypatch.setattr(
        store.MemoryUnitOfWork, "__exit__", lambda uow, *_: uow._store.journal.roll_back()
    )


def no_fence(monkeypatch):
    """An orchestrator that was replaced goes on."""
    monkeypatch.setattr(cycle, "require_lead", lambda *_: None)
    monkeypatch.setattr(cycle, "take_lead", lambda *_: None)


def no_fence_on_attempts(monkeypatch):
    """A worker that has lost its lease goes on."""
    monkeypatch.setattr(
        Execution, "under_way", lambda one, _attempt: one.status.value in ("leased", "running")
    )
    monkeypatch.setattr(Execution, "require_current", lambda *_: None)


def no_unique_key(monkeypatch):
    """Idempotency keys are not kept."""
    monkeypatch.setattr(MemoryAnswers, "get", lambda *_: None)
    monkeypatch.setattr(MemoryAnswers, "add", lambda *_: None)


def acknowledged_before_work(monkeypatch):
    """A worker tells the broker that it is done as soon as it has a window."""
    lease = desk.Desk.lease

    def eager(self, limit):
        windows = lease(self, limit)
        for window in windows:
            self.queue.done(window.receipt)
        return windows

    monkeypatch.setattr(desk.Desk, "lease", eager)


def no_sort(monkeypatch):
    """Agents are locked in the order in which they are named."""

    def unsorted(keys, **options):
        return sorted(keys, **options)[:: 1 if options else -1]

    monkeypatch.setattr(people, "sorted", unsorted, raising=False)


def outbox_after_commit(monkeypatch):
    """Events are written in a transaction of their own, after the one that they tell of."""
    commit = FaultyUnitOfWork.commit

    class Outbox:
        def __init__(self, events):
            self.events, self.waiting = events, []

        def append(self, events):
            self.waiting.extend(events)

        def __getattr__(self, name):
            return getattr(self.events, name)

    def late(self):
        commit(self)
        waiting = self.events.waiting
        if waiting:
            self.events.events.append(waiting)
            commit(self)

    found = FaultyUnitOfWork.__getattr__

    def events(self, name):
        repository = found(self, name)
        if name != "events":
            return repository
        self.events = Outbox(repository)
        return self.events

    monkeypatch.setattr(FaultyUnitOfWork, "__getattr__", events)
    monkeypatch.setattr(FaultyUnitOfWork, "commit", late)


def consumed_again(monkeypatch):
    """Consumers do not remember what they have consumed."""
    monkeypatch.setattr(history.MemoryConsumedKeys, "first", lambda *_: True)


def published_out_of_turn(monkeypatch):
    """The stream takes whatever comes, also what was overtaken."""

    def append(self, events, _expected):
        self.events += events
        return len(self.events)

    monkeypatch.setattr(publishing.MemoryStream, "append", append)
    monkeypatch.setattr(Outbox, "_have_turn", lambda _self: True)


def lost_attempts_are_remembered(monkeypatch):
    """A workspace counts as it is, whoever changed it."""
    mark = hosts.MemorySnapshotFolders.mark
    monkeypatch.setattr(
        hosts.MemorySnapshotFolders,
        "mark",
        lambda self, agent, name: mark(self, agent, name) if name else None,
    )


BUGS = (
    Bug(no_lock, ""),
    Bug(no_fence, "wrote under fence"),
    Bug(no_fence_on_attempts, "acted, but is not current"),
    Bug(no_unique_key, "law 9"),
    Bug(acknowledged_before_work, "was acknowledged while"),
    Bug(no_sort, "locked out of the order"),
    Bug(outbox_after_commit, "law 13"),
    Bug(consumed_again, "effects"),
    Bug(published_out_of_turn, "is not what happened"),
    Bug(lost_attempts_are_remembered, "remembers"),
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.plant.__name__)
def test_a_bug_is_found_by_some_seed(bug, monkeypatch, record_property):
    bug.plant(monkeypatch)
    for seed in range(SEEDS):
        try:
            broken = simulate(seed, CYCLES).broken
        except Exception as failure:  # a lock that is missing may break anything
            broken = (str(failure),) if bug.plant is no_lock else pytest.fail(repr(failure))
        if any(bug.sign in line for line in broken):
            break
    else:
        pytest.fail(f"{bug.plant.__name__} was not found within {SEEDS} seeds")
    record_property("seed", seed)
    print(f"{bug.plant.__name__}: seed {seed}: {broken[0]}")  # noqa: T201 (for docs/laws.md)
