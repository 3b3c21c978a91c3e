"""The numbered runs of the market, and the prices they find."""

import pytest
from attrs import evolve

from syntropism.domain.errors import Conflict
from syntropism.domain.market.cycles import Certificate, Cycle
from syntropism.domain.market.losses import Loss, Losses, LossReason
from syntropism.domain.market.resources import RESOURCES

CERTIFICATE = Certificate(
    strategy="truthful",
    bids=3,
    wins=1,
    welfare=2**70,
    upper_bound=2**80,
    volume=2**40,
    demand=(1, 2, 3, 4),
    used=(1, 1, 1, 1),
)
LOST = (
    Loss("b", LossReason.OUTBID, 2**70),
    Loss("c", LossReason.DOES_NOT_FIT_CAPACITY, None),
)


def cycle(town, number: int) -> Cycle:
    return Cycle(
        number=number,
        opened_at=town.later(),
        prices=(10**13, 10**10, 5, 2**60),
        capacity=(2_000, 4_096_000, 10**6, 1_000),
    )


def test_a_cycle_is_kept_at_every_step(town, uow):
    told = cycle(town, 1)
    uow.cycles.add(told)
    assert uow.cycles.get(1) == told
    for step in (
        lambda one: one.frozen_with((1, 2, 3, 4), (5, 6, 7, 8)),
        lambda one: one.settled(CERTIFICATE),
        lambda one: one.collected(),
        lambda one: one.repriced((9, 9, 9, 9)),
        lambda one: one.culled(2, 1),
        lambda one: one.closed_by(town.later(7)),
    ):
        told = step(told)
        uow.cycles.save(told)
        assert uow.cycles.get(1) == told
    assert uow.cycles.get(2) is None


def test_each_cycle_keeps_its_own_losses(town, uow):
    kept = (LOST, Losses.of(LOST[1:]), Losses.of(()), LOST[:1])
    for number, losses in enumerate(kept, 1):
        uow.cycles.add(cycle(town, number))
        assert uow.cycles.losses(number) == ()
        uow.cycles.save_losses(number, losses)
    for number, losses in enumerate(kept, 1):
        found = uow.cycles.losses(number)
        assert list(found) == list(losses)
        assert len(found) == len(losses)
        assert all(one.reason is told.reason for one, told in zip(found, losses, strict=True))


def test_a_round_is_lost_once(town, uow):
    uow.cycles.add(cycle(town, 1))
    uow.cycles.save_losses(1, LOST)
    with pytest.raises(Conflict), uow.savepoint():
        uow.cycles.save_losses(1, LOST[:1])
    assert list(uow.cycles.losses(1)) == list(LOST)


def test_a_settlement_that_is_undone_can_be_done_differently(town, uow):
    told = cycle(town, 1).frozen_with((), ())
    uow.cycles.add(told)

    def settle_and_fail() -> None:
        with uow.savepoint():
            uow.cycles.save(told.settled(CERTIFICATE))
            uow.cycles.save_losses(1, LOST)
            assert uow.cycles.get(1).certificate == CERTIFICATE
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        settle_and_fail()
    assert uow.cycles.get(1) == told
    assert list(uow.cycles.losses(1)) == []
    again = told.settled(evolve(CERTIFICATE, wins=2))
    uow.cycles.save(again)
    uow.cycles.save_losses(1, LOST[:1])
    uow.cycles.save(again.collected())
    assert uow.cycles.get(1) == again.collected()
    assert list(uow.cycles.losses(1)) == list(LOST[:1])


def test_a_cycle_is_opened_once(town, uow):
    uow.cycles.add(cycle(town, 1))
    with pytest.raises(Conflict):
        uow.cycles.add(cycle(town, 1))


def test_the_latest_cycle_has_the_greatest_number(town, uow):
    assert uow.cycles.latest() is None
    assert uow.cycles.latest_number() == 0
    told = [cycle(town, number) for number in range(1, 12)]
    for one in told:
        uow.cycles.add(one)
    assert uow.cycles.latest() == told[-1]
    assert uow.cycles.latest_number() == 11
    assert uow.cycles.page(2) == [told[10], told[9]]
    assert uow.cycles.page(3, before=10) == [told[8], told[7], told[6]]


def test_there_are_no_prices_until_they_are_posted(uow):
    assert uow.market.prices() is None


def test_the_latest_prices_are_the_posted_ones(uow):
    capacity = (2_000, 4_096_000, 10**6, 1_000)
    uow.market.save(0, RESOURCES, (4, 3, 2, 1), capacity)
    posted = uow.market.prices()
    assert list(posted.items()) == list(zip(RESOURCES, (4, 3, 2, 1), strict=True))
    uow.market.save(1, RESOURCES, (2**62, 0, 5, 9), capacity)
    assert tuple(uow.market.prices().values()) == (2**62, 0, 5, 9)


def test_resources_beyond_the_four_are_posted_and_taken_back(uow):
    more = (*RESOURCES, "gpu_seconds")
    uow.market.save(1, more, (4, 3, 2, 1, 7), (1, 1, 1, 1, 5))
    assert list(uow.market.prices().items())[-1] == ("gpu_seconds", 7)
    uow.market.save(2, RESOURCES, (4, 3, 2, 1), (1, 1, 1, 1))
    assert tuple(uow.market.prices()) == RESOURCES


def test_a_cycle_knows_which_resources_it_cleared(town, uow):
    four = cycle(town, 1)
    five = evolve(cycle(town, 2), resources=(*RESOURCES, "gpu_seconds"), prices=(1, 2, 3, 4, 5))
    uow.cycles.add(four)
    uow.cycles.add(five)
    assert uow.cycles.page(2) == [five, four]
    uow.cycles.save(evolve(five, held=(0, 0, 0, 0, 1), free=(0, 0, 0, 0, 2)))
    assert uow.cycles.get(2).resources == five.resources
