"""Every port has a decorator that makes it fail, within its contract and as a seed decides."""

from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages
from random import Random

import pytest

from syntropism.adapters.memory.queue import MemoryQueue
from syntropism.adapters.memory.snapshots import MemorySnapshots
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.application import ports
from syntropism.application.ports.execution_queue import QueueItem
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.unit_of_work import CommitLost, StorageAway, TryAgain
from syntropism.domain.identifiers import ExecutionId, WorkerId
from syntropism.testing import faults as testing
from syntropism.testing.faults import PORTS, Faults
from syntropism.testing.faults.decorating import members_of
from syntropism.testing.faults.stores import WRITES


def every_port() -> list[type]:
    """All protocols below ``application.ports``, wherever they stand."""
    found = []
    for module in walk_packages(ports.__path__, f"{ports.__name__}."):
        for one in vars(import_module(module.name)).values():
            if getattr(one, "_is_protocol", False) and one.__module__ == module.name:
                found.append(one)
    return found


PORTS_FOUND = every_port()


def test_ports_are_found():
    assert len(PORTS_FOUND) >= 38


@pytest.mark.parametrize("port", PORTS_FOUND, ids=lambda port: port.__name__)
def test_every_port_has_a_decorator_that_knows_all_its_methods(port):
    assert port in PORTS, f"{port.__name__} has no decorator in syntropism.testing.faults"
    methods = {name for name, member in members_of(port).items() if callable(member)}
    assert set(PORTS[port].table) == methods


@pytest.mark.parametrize("port", PORTS_FOUND, ids=lambda port: port.__name__)
def test_what_is_raised_is_what_the_port_says(port):
    """Each error that is injected, or one that it is a kind of, stands in the documentation of
    the method, the port or its module; and so does that something never fails."""
    package = port.__module__.rpartition(".")[0]
    about = " ".join(
        str(one.__doc__) for one in (port, *map(import_module, (port.__module__, package)))
    )
    for method, several in PORTS[port].table.items():
        told = f"{getattr(port, method).__doc__} {about}"
        for one in several:
            if one.error is not None:
                kinds = [kind.__name__ for kind in one.error.__mro__[:-3]]
                assert any(kind in told for kind in kinds), f"{port.__name__}.{method}: {kinds[0]}"


def test_decorators_are_public():
    named = {one.protocol for one in vars(testing).values() if isinstance(one, testing.Decorator)}
    assert {*named, *(one.protocol for one in testing.REPOSITORIES.values())} == set(PORTS)
    assert all(hasattr(testing, name) for name in testing.__all__)


class Anything:
    """Answers everything, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, **named: self.asked.append((name, arguments, named))


@pytest.mark.parametrize("port", PORTS_FOUND, ids=lambda port: port.__name__)
def test_without_faults_a_decorator_is_what_it_decorates(port):
    inner = Anything()
    decorated = PORTS[port](inner, Faults())
    for name, member in members_of(port).items():
        if callable(member) and not name.startswith("__"):
            getattr(decorated, name)
            if name not in PORTS[port].gives:
                getattr(decorated, name)(1, two=2)
                assert inner.asked.pop() == (name, (1,), {"two": 2})
    with pytest.raises(AttributeError):
        decorated.not_of_this_port  # noqa: B018


@pytest.mark.parametrize("port", PORTS_FOUND, ids=lambda port: port.__name__)
def test_every_fault_of_a_port_can_be_injected_and_is_counted(port):
    """Those that raise raise what they say; the work is done, unless it says ``before``."""
    for method, several in PORTS[port].table.items():
        for one in several:
            if one.error is None:
                continue
            inner = Anything()
            if method.startswith("__"):
                continue  # of units of work: below
            name = f"{port.__name__}.{method} {one.sign}"
            faults = Faults(random=Random(1), at={name: [2]})
            decorated = PORTS[port](inner, faults)
            if method not in PORTS[port].gives:
                getattr(decorated, method)([])
            else:
                faults.strikes(name)
            inner.asked.clear()
            with pytest.raises(one.error):
                getattr(decorated, method)([])
            assert len(inner.asked) == (not one.sign.endswith("before"))
            assert faults.injected == {name: 1}


def test_what_writes_is_known():
    """A method that is new must be told from those that read."""
    methods = {
        name
        for one in testing.REPOSITORIES.values()
        for name, member in members_of(one.protocol).items()
        if callable(member)
    }
    assert methods > WRITES


@pytest.fixture
def store():
    return MemoryStore(SimulatedClock())


def place(store) -> int:
    with store(read_only=True) as uow:
        return uow.positions.get("reader")


def move(store, to: int) -> None:
    with store() as uow:
        uow.positions.save("reader", to)
        uow.commit()


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        ("UnitOfWork.__enter__ raises StorageAway before", StorageAway, False),
        ("Positions.save raises TryAgain before", TryAgain, False),
        ("Positions.save raises TryAgain after", TryAgain, False),
        ("UnitOfWork.commit raises TryAgain before", TryAgain, False),
        ("UnitOfWork.commit raises CommitLost after", CommitLost, True),
    ],
)
def test_a_transaction_happens_whole_or_not_at_all(store, fault, error, done):
    faults = Faults(at={fault: [1]})
    with pytest.raises(error):
        move(testing.faulty_store(store, faults), 7)
    assert place(store) == (7 if done else 0)
    move(testing.faulty_store(store, faults), 8)
    assert place(store) == 8
    assert faults.injected == {fault: 1}


def test_a_savepoint_is_still_a_savepoint(store):
    with testing.faulty_store(store, Faults())() as uow:
        uow.positions.save("reader", 1)
        with suppress(ValueError), uow.savepoint():
            uow.positions.save("reader", 2)
            raise ValueError
        assert uow.positions.get("reader") == 1


def test_a_seed_says_what_goes_wrong():
    def story(seed: int) -> tuple[list[bool], dict[str, int]]:
        faults = Faults.seeded(seed, rate=0.3)
        snapshots = testing.faulty_snapshots(MemorySnapshots(), faults)
        told = []
        for _ in range(60):
            try:
                told.append(bool(snapshots.names()))
            except ProviderFailed:
                told.append(True)
        return told, dict(faults.injected)

    assert story(1) == story(1)
    assert story(1) != story(2)
    assert 5 < story(1)[1]["Snapshots.names raises ProviderFailed before"] < 35


def test_nothing_strikes_once_faults_have_ceased():
    faults = Faults.seeded(1, rate=1.0)
    faults.active = False
    assert list(testing.faulty_snapshots(MemorySnapshots(), faults).names()) == []


def test_a_queue_loses_repeats_reorders_and_poisons_what_it_tells():
    queue = MemoryQueue(lambda: 0.0)
    items = [QueueItem(ExecutionId(str(number)), 0) for number in range(5)]
    queue.offer(items)
    signs = ("loses a delivery", "delivers twice", "delivers what nobody knows")
    for number, sign in enumerate(signs):
        faults = Faults(at={f"ExecutionQueue.claim {sign}": [1]})
        told = testing.faulty_execution_queue(queue, faults).claim(WorkerId("w"), 10)
        assert len(told) == (4, 6, 6)[number]
        for one in {one.receipt: one for one in told}.values():
            queue.give_back(one.receipt, 0)
        queue = MemoryQueue(lambda: 0.0)
        queue.offer(items)


def test_some_of_several_may_have_been_taken_when_it_fails_midway():
    queue = MemoryQueue(lambda: 0.0)
    items = [QueueItem(ExecutionId(str(number)), 0) for number in range(5)]
    faults = Faults(random=Random(3), at={"ExecutionQueue.offer raises StorageAway midway": [1]})
    with pytest.raises(StorageAway):
        testing.faulty_execution_queue(queue, faults).offer(items)
    assert 0 < len(queue.claim(WorkerId("w"), 10)) < 5


def test_others_go_on_around_every_call():
    turns = []
    faults = Faults(around=lambda: turns.append(1))
    testing.faulty_snapshots(MemorySnapshots(), faults).names()
    assert len(turns) == 2
