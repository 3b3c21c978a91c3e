"""Holds: credits set aside, ended exactly once."""

import pytest

from syntropism.domain.economy.holds import HoldStatus
from syntropism.domain.errors import Conflict


def test_a_hold_is_kept_as_it_was_placed(town, uow):
    ada = town.agent(uow, credits=100)
    hold = town.hold(uow, ada.id, 30)
    assert uow.holds.get([hold.id]) == {hold.id: hold}


def test_ids_that_are_not_kept_are_left_out(town, uow):
    ada = town.agent(uow, credits=100)
    hold = town.hold(uow, ada.id, 30)
    assert uow.holds.get(["nothing", hold.id]) == {hold.id: hold}
    assert uow.holds.get([]) == {}


def test_a_hold_is_placed_once(town, uow):
    ada = town.agent(uow, credits=100)
    hold = town.hold(uow, ada.id, 30)
    with pytest.raises(Conflict):
        uow.holds.add([hold])


def test_an_ended_hold_keeps_how_and_when(town, uow):
    ada = town.agent(uow, credits=100)
    holds = [town.hold(uow, ada.id, 10) for _ in range(3)]
    ended = [hold.ended(paid, town.later()) for hold, paid in zip(holds, (0, 4, 10), strict=True)]
    uow.holds.save(ended)
    assert list(uow.holds.get(hold.id for hold in holds).values()) == ended
    assert [hold.status for hold in ended] == [
        HoldStatus.RETURNED,
        HoldStatus.SPLIT,
        HoldStatus.PAID,
    ]


def test_only_open_holds_count_as_held(town, uow):
    ada = town.agent(uow, credits=100)
    bob = town.agent(uow, "bob", credits=100)
    first, second, third = (town.hold(uow, ada.id, amount) for amount in (10, 20, 30))
    other = town.hold(uow, bob.id, 5)
    uow.holds.save([second.ended(0, town.later())])
    assert uow.holds.open_of(ada.id) == [first, third]
    assert uow.holds.held_by(ada.id) == 40
    assert uow.holds.all_open() == [first, third, other]
    assert uow.holds.held_by("nobody") == 0
