"""A quote tells how often an amount would have won lately, for this very bundle."""

import pytest
from attrs import evolve

from syntropism import Bundle, Capacity, EconomicParameters, Economy
from syntropism.agent_sdk.syntropism_sdk import Bundle as AgentsBundle
from syntropism.agent_sdk.syntropism_sdk import Invalid

ONE = EconomicParameters(capacity=Capacity(1, 4096, 1000, 1))
HALF, WHOLE = AgentsBundle(5, 64, 10), AgentsBundle(10, 64, 10)


def again(amount):
    return lambda me: me.bid(WHOLE, amount)


@pytest.mark.parametrize("where", ["memory", "sqlite"])
@pytest.mark.parametrize("preset", ["truthful", "classic", "max_welfare", "exact"])
def test_the_probability_is_that_of_the_amount_in_recent_cycles(where, preset, tmp_path):
    quotes = []

    def ask(me):
        quotes.append(
            (
                me.quote(WHOLE, 301),
                me.quote(WHOLE, 299),
                me.quote(WHOLE),
                me.quote(AgentsBundle(20, 64, 10), 9_000),
            )
        )
        with pytest.raises(Invalid):
            me.quote(WHOLE, -1)

    parameters = evolve(ONE, preset=preset)
    economy = (
        Economy.in_memory(seed=1, parameters=parameters)
        if where == "memory"
        else Economy.open(f"sqlite:///{tmp_path}/q.db", parameters=parameters)
    )
    with economy:
        economy.create_agent(
            "rich", 50_000, first_bid=(Bundle(10, 64, 10), 300), behaviour=again(300)
        )
        economy.run(cycles=4)
        economy.kill("rich")
        economy.create_agent("asker", 1_000, behaviour=ask)
        economy.step()
    above, below, unsaid, impossible = quotes[0]
    assert above["cycles"] == 5  # the cycle of this very window among them
    assert above["amount"] == 301
    assert above["win_probability"] == 1
    assert float(below["win_probability"]) == 0.2  # only against its own first bid
    assert 300 <= above["amount_median"] <= 301
    assert unsaid["amount"] == max(unsaid["posted_cost"], unsaid["reserve"])
    assert impossible["win_probability"] == 0
    assert impossible["amount_median"] is None


def test_without_rivals_the_reserve_wins_and_without_history_nothing_is_said():
    found = []
    with Economy.in_memory(seed=1, parameters=ONE) as economy:
        economy.create_agent("ada", 1_000, behaviour=lambda me: found.append(me.quote(HALF)))
        economy.step()
    (first,) = found
    assert first["cycles"] == 1
    assert first["win_probability"] == 1
    assert first["amount_median"] == first["reserve"]
