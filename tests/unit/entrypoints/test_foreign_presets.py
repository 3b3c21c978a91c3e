"""A strategy that another package registered, as the preset of a whole economy."""

import sys

import pytest
from attrs import evolve

from syntropism import Bundle, Capacity, EconomicParameters, Economy, clear
from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.entrypoints import clearing
from syntropism.entrypoints.settings import SettingsError, load_settings

MODULE = '''
from syntropism.domain.market.candidates import Allocation


def latest_first(instance):
    """Whoever came last is served first."""
    winners, left = [], instance.free
    for one in sorted(instance.candidates, key=lambda one: -one.sequence):
        if all(need <= there for need, there in zip(one.rates, left)):
            winners.append(one)
            left = tuple(there - need for need, there in zip(one.rates, left))
    return Allocation(tuple(winners), left)


def generous(instance):
    return Allocation(instance.candidates, instance.free)
'''
POINTS = """[syntropism.clearing_strategies]
latest_first = foreign_market:latest_first
generous = foreign_market:generous
truthful = foreign_market:generous
"""
ONE = EconomicParameters(capacity=Capacity(1, 4096, 1000, 1))
WHOLE = Bundle(10, 64, 10)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package is installed, as a wheel would be: its module and its metadata."""
    site = tmp_path / "site"
    info = site / "foreign_market-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "foreign_market.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign-market\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(site))
    clearing.registered.cache_clear()
    yield
    clearing.registered.cache_clear()
    sys.modules.pop("foreign_market", None)


def winners(economy):
    return [one.agent for one in economy.report().tables.executions]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("where", ["memory", "sqlite"])
def test_it_clears_every_cycle_and_winners_pay_as_bid(where, tmp_path):
    parameters = evolve(ONE, preset="latest_first")
    economy = (
        Economy.in_memory(seed=1, parameters=parameters)
        if where == "memory"
        else Economy.open(f"sqlite:///{tmp_path}/f.db", parameters=parameters)
    )
    with economy:
        for name, amount in (("ada", 400), ("bob", 300), ("cyd", 200)):
            economy.create_agent(name, 1_000, first_bid=(WHOLE, amount))
        cycle = economy.run(cycles=3).cycles[-1]
        assert cycle.cycle == 3
        assert winners(economy) == ["cyd", "bob", "ada"]
        assert [float(one.payment) for one in economy.report().tables.executions] == [200, 300, 400]
        assert economy.audit().ok
        assert [one.amount_to_win for one in economy.losses(1)] == [None, None]
        with economy._store(read_only=True) as uow:
            assert uow.cycles.get(1).certificate.strategy == "latest_first"


@pytest.mark.usefixtures("installed")
def test_settings_take_its_name(tmp_path):
    (tmp_path / "syntropism.toml").write_text("[market]\npreset = 'latest_first'\n")
    assert load_settings(tmp_path).settings.parameters().preset == "latest_first"


@pytest.mark.usefixtures("installed")
def test_a_name_that_nobody_registered_is_refused_and_theirs_are_named(tmp_path):
    (tmp_path / "syntropism.toml").write_text("[market]\npreset = 'latest'\n")
    with pytest.raises(SettingsError, match=r"market.preset = 'latest'.*one of .*latest_first"):
        load_settings(tmp_path)
    with pytest.raises(Invalid, match="unknown preset"):
        Economy.in_memory(parameters=evolve(ONE, preset="latest"))


@pytest.mark.usefixtures("installed")
def test_what_is_not_there_is_not_given_away():
    with Economy.in_memory(seed=1, parameters=evolve(ONE, preset="generous")) as economy:
        economy.create_agent("ada", 1_000, first_bid=(WHOLE, 400))
        economy.create_agent("bob", 1_000, first_bid=(WHOLE, 300))
        with pytest.raises(Invalid, match="gave away what was not there"):
            economy.step()
        assert economy.audit().ok


@pytest.mark.usefixtures("installed")
def test_nobody_takes_the_name_of_one_of_ours():
    instance = Instance((Candidate("a", 10, 1, 10, (3,)), Candidate("b", 9, 1, 5, (2,))), (4,))
    assert [one.id for one in clear(instance, "truthful").winners] == ["b"]
    assert clearing.preset_names().count("truthful") == 1
