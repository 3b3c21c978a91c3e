"""Who lost, why, and what would have won: from every door, to those who may know."""

import pytest
from attrs import evolve

from syntropism import Bundle, Capacity, EconomicParameters, Economy
from syntropism.agent_sdk.syntropism_sdk import ApiError
from syntropism.domain.errors import NotFound

ONE = EconomicParameters(capacity=Capacity(1, 4096, 1000, 1))
WHOLE = Bundle(10, 64, 10)


def opened(tmp_path, where, parameters):
    if where == "memory":
        return Economy.in_memory(seed=1, parameters=parameters)
    return Economy.open(f"sqlite:///{tmp_path}/losses.db", parameters=parameters)


@pytest.mark.parametrize("where", ["memory", "sqlite"])
@pytest.mark.parametrize("preset", ["truthful", "exact", "auto"])
def test_each_loser_has_a_record_after_every_cycle(where, preset, tmp_path):
    with opened(tmp_path, where, evolve(ONE, preset=preset)) as economy:
        for name, amount in (("ada", 400), ("bob", 300), ("cyd", 200)):
            economy.create_agent(name, 1_000, first_bid=(WHOLE, amount))
        economy.create_agent("huge", 1_000, first_bid=(Bundle(20, 64, 10), 900))
        economy.step()
        bob, cyd, huge = economy.losses(1)
        assert [one.agent_id for one in (bob, cyd, huge)] == [
            economy.agent(name).id for name in ("bob", "cyd", "huge")
        ]
        assert [float(one.amount) for one in (bob, cyd, huge)] == [300, 200, 900]
        assert [one.reason for one in (bob, cyd, huge)] == [
            "outbid",
            "outbid",
            "does_not_fit_capacity",
        ]
        assert huge.amount_to_win is huge.amount_at_least is None
        if preset == "truthful":
            assert 400 <= float(bob.amount_to_win) < 400.001
            assert bob.amount_at_least is None
        else:
            assert bob.amount_to_win is None
            assert 300 <= float(bob.amount_at_least) <= 400
        assert economy.audit().ok
        with pytest.raises(NotFound, match="no cycle 9"):
            economy.losses(9)


@pytest.mark.parametrize("open_book", [True, False])
def test_an_agent_sees_all_losers_of_an_open_book_and_its_own_of_a_sealed_one(open_book):
    seen = {}

    def live(me):
        seen["all"] = [one["agent_id"] for one in me.market_losses(1)]
        with pytest.raises(ApiError) as refusal:
            me.market_losses(77)
        seen["status"] = refusal.value.status

    with Economy.in_memory(seed=1, parameters=evolve(ONE, open_book=open_book)) as economy:
        economy.create_agent("ada", 1_000, first_bid=(WHOLE, 400))
        bob = economy.create_agent("bob", 1_000, first_bid=(WHOLE, 300), behaviour=live)
        cyd = economy.create_agent("cyd", 1_000, first_bid=(WHOLE, 200))
        economy.run(cycles=2)
    assert seen["all"] == ([bob.id, cyd.id] if open_book else [bob.id])
    assert seen["status"] == 404


def test_losers_come_in_pages():
    with Economy.in_memory(seed=1, parameters=ONE) as economy:
        for i in range(12):
            economy.create_agent(f"a{i:02}", 1_000, first_bid=(WHOLE, 200 + i))
        economy.step()
        first = economy._operators.losses(_local(), 1, 5, None)
        then = economy._operators.losses(_local(), 1, 200, first["next_cursor"])
        together = [one["bid_id"] for one in first["items"] + then["items"]]
        assert then["next_cursor"] is None
        assert together == [one.bid_id for one in economy.losses(1)]
        assert len(set(together)) == 11


def _local():
    from syntropism.application.operators.identity import LOCAL

    return LOCAL
