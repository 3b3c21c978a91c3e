"""The outbox: nothing lost, nothing doubled, one replica at a time; whoever is killed, and when."""

from contextlib import suppress

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from syntropism.adapters.memory.publishing import MemoryPublisher, MemoryStream
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.application.ports.event_publisher import PublishFailed
from syntropism.application.ports.unit_of_work import CommitLost, StorageFailed
from syntropism.application.publishing import LEASE_MS, Outbox
from syntropism.domain.events import Event
from syntropism.testing.faults import Faults, faulty_event_publisher, faulty_store


class Killed(BaseException):
    """The process ends here."""


class Dying(MemoryPublisher):
    """Is killed before, during or after the publishing, or cannot be reached."""

    fate = ""

    def publish(self, events):
        fate, self.fate = self.fate, ""
        if fate == "unreachable":
            raise PublishFailed("nobody answers")
        if fate == "before":
            raise Killed
        if fate == "half":
            super().publish(events[: len(events) // 2])
            raise Killed
        super().publish(events)
        if fate == "after":
            raise Killed


class World:
    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.ids = SeededIds(3, self.clock)
        self.store = MemoryStore(self.clock)
        self.stream = MemoryStream()
        self.born = 0

    def happen(self, count: int = 1) -> None:
        with self.store() as uow:
            for _ in range(count):
                event = Event(self.ids.new(), "a.b.c", self.clock.now(), {"n": self.born})
                uow.events.append([event])
                self.born += 1
            uow.commit()

    def replica(self, faults: Faults | None = None) -> Outbox:
        store = faulty_store(self.store, faults) if faults else self.store
        return Outbox(store, Dying(self.stream), self.ids.new())

    def out(self) -> list[int]:
        return [event.data["n"] for event in self.stream.events]


def test_what_was_committed_is_published_once_and_in_order():
    world = World()
    world.happen(600)
    replica = world.replica()
    assert [replica.step() for _ in range(4)] == [256, 256, 88, 0]
    world.happen(2)
    assert replica.step() == 2
    assert world.out() == list(range(602))


def test_one_replica_has_its_turn_until_its_lease_ends():
    world = World()
    first, second = world.replica(), world.replica()
    world.happen()
    assert (first.step(), second.step()) == (1, 0)
    world.happen()
    assert (second.step(), first.step()) == (0, 1)
    world.clock.sleep(LEASE_MS / 1000 + 1)
    world.happen()
    assert (second.step(), first.step()) == (1, 0)
    assert world.out() == [0, 1, 2]


def test_a_released_turn_is_taken_at_once():
    world = World()
    first, second = world.replica(), world.replica()
    first.step()
    first.release()
    world.happen()
    world.clock.sleep(0.001)
    assert second.step() == 1


def test_who_was_stopped_past_the_lease_publishes_nothing_twice_and_moves_no_place():
    """Stopped between reading and publishing, and between publishing and keeping the place."""
    world = World()
    world.happen(3)
    first, second = world.replica(), world.replica()
    publish = first.publisher.publish

    def stopped_before(events):
        world.clock.sleep(LEASE_MS / 1000 + 1)
        assert second.step() == 3
        publish(events)

    first.publisher.publish = stopped_before
    assert first.step() == 0
    assert world.out() == [0, 1, 2]
    world.clock.sleep(LEASE_MS / 1000 + 1)
    world.happen(3)

    def stopped_after(events):
        publish(events)
        world.clock.sleep(LEASE_MS / 1000 + 1)
        world.happen(1)
        assert second.step() == 1  # looks, and finds the other's three

    first.publisher.publish = stopped_after
    assert first.step() == 0
    with world.store(read_only=True) as uow:
        assert uow.positions.get("publisher") == 7
    assert world.out() == list(range(7))


def test_what_cannot_be_reached_is_tried_again_by_the_same_replica():
    world = World()
    world.happen(2)
    replica = world.replica()
    replica.publisher.fate = "unreachable"
    with pytest.raises(PublishFailed):
        replica.step()
    assert replica.step() == 2
    assert world.out() == [0, 1]


def test_another_history_in_the_stream_is_not_taken_for_this_one():
    """A database that was restored from a backup publishes all that it has done since."""
    world = World()
    world.happen(2)
    world.replica().step()
    lost = evolve(world.stream.events[-1], id=world.ids.new(), sequence=9)
    world.stream.events.append(lost)  # published, then lost by the database
    world.happen(8)
    world.clock.sleep(LEASE_MS / 1000 + 1)
    assert world.replica().step() == 8
    assert world.out() == [0, 1, 1, *range(2, 10)]


@given(st.lists(st.sampled_from(["", "before", "half", "after", "unreachable", "stop"])))
def test_nothing_is_lost_or_doubled_whoever_is_killed_and_when(fates):
    world = World()
    replicas = [world.replica(), world.replica()]
    for number, fate in enumerate(fates):
        world.happen(number % 4)
        place = number % 2
        replicas[place].publisher.fate = fate
        try:
            if fate == "stop":
                world.clock.sleep(LEASE_MS / 1000 + 1)
            replicas[place].step()
        except Killed:
            replicas[place] = world.replica()
        except PublishFailed:
            pass
    world.clock.sleep(LEASE_MS / 1000 + 1)
    world.happen()
    last = world.replica()
    while last.step():
        pass
    assert world.out() == list(range(world.born))


@pytest.mark.parametrize("chance", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "fault",
    [
        "UnitOfWork.commit raises TryAgain before",
        "Leases.save raises TryAgain before",
        "Leases.get raises TryAgain before",
        "Positions.get raises TryAgain before",
        "Events.since raises TryAgain before",
    ],
)
def test_a_transaction_that_is_lost_is_run_again_and_nobody_hears_of_it(fault, chance):
    world = World()
    world.happen(3)
    replica = world.replica(Faults(at={fault: [chance, chance + 1]}))
    assert replica.step() == 3
    world.clock.sleep(LEASE_MS / 1000)
    world.happen(2)
    assert replica.step() == 2
    replica.release()
    world.clock.sleep(0.001)
    world.happen(1)
    assert world.replica().step() == 1
    assert world.out() == list(range(6))


@pytest.mark.parametrize("chance", [1, 2, 3])
def test_a_turn_that_was_taken_without_being_told_is_known_again_at_once(chance):
    world = World()
    faults = Faults(at={"UnitOfWork.commit raises CommitLost after": [chance]})
    replica = world.replica(faults)
    for _ in range(3):
        world.happen(2)
        try:
            replica.step()
        except CommitLost:
            assert replica.step() in (0, 2)
    assert faults.injected
    assert world.out() == list(range(6))


def test_nothing_is_lost_or_doubled_whatever_fails():
    """The stream and the store fail at every call with a seed; two replicas go on."""
    for seed in range(30):
        world, faults = World(), Faults.seeded(seed, rate=0.1)
        replicas = [world.replica(faults), world.replica(faults)]
        for one in replicas:
            one.publisher = faulty_event_publisher(MemoryPublisher(world.stream), faults)
        for number in range(40):
            world.happen(number % 3)
            world.clock.sleep(1)
            with suppress(PublishFailed, StorageFailed):
                replicas[number % 2].step()
        faults.active = False
        world.clock.sleep(LEASE_MS / 1000 + 1)
        while replicas[0].step():
            pass
        assert world.out() == list(range(world.born)), f"seed {seed}"
        assert faults.injected
