"""The numbered runs of the market, and the prices they find."""

import pytest
from attrs import evolve

from syntropism.domain.errors import Conflict
from syntropism.domain.market.cycles import Certificate, Cycle, LossRecord

CERTIFICATE = Certificate(
    strategy="truthful",
    bids=3,
    wins=1,
    welfare=2**70,
    upper_bound=2**80,
    volume=2**40,
    demand=(1, 2, 3, 4),
    used=(1, 1, 1, 1),
    losses=(
        LossRecord(bid_id="b", reason="outbid", amount_to_win=17),
        LossRecord(bid_id="c", reason="too_big", amount_to_win=None),
    ),
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


def test_a_certificate_without_losses_is_still_a_certificate(town, uow):
    told = cycle(town, 1).frozen_with((), ()).settled(evolve(CERTIFICATE, losses=()))
    uow.cycles.add(told)
    assert uow.cycles.get(1) == told


def test_each_cycle_keeps_its_own_losses(town, uow):
    lost = CERTIFICATE.losses
    told = [
        cycle(town, number).frozen_with((), ()).settled(evolve(CERTIFICATE, losses=losses))
        for number, losses in enumerate((lost, lost[1:], (), lost[:1]), 1)
    ]
    for one in told:
        uow.cycles.add(one)
    assert [uow.cycles.get(number) for number in (1, 2, 3, 4, 2, 1)] == [
        *told,
        told[1],
        told[0],
    ]
    assert uow.cycles.page(9) == told[::-1]


def test_a_settlement_that_is_undone_can_be_done_differently(town, uow):
    told = cycle(town, 1).frozen_with((), ())
    uow.cycles.add(told)

    def settle_and_fail() -> None:
        with uow.savepoint():
            uow.cycles.save(told.settled(CERTIFICATE))
            assert uow.cycles.get(1).certificate == CERTIFICATE
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        settle_and_fail()
    assert uow.cycles.get(1) == told
    again = told.settled(evolve(CERTIFICATE, losses=CERTIFICATE.losses[:1]))
    uow.cycles.save(again)
    uow.cycles.save(again.collected())
    assert uow.cycles.get(1) == again.collected()


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
    uow.market.save(0, (4, 3, 2, 1), capacity)
    assert uow.market.prices() == (4, 3, 2, 1)
    uow.market.save(1, (2**62, 0, 5, 9), capacity)
    assert uow.market.prices() == (2**62, 0, 5, 9)
