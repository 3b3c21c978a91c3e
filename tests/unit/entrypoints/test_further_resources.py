"""A fifth resource, ``gpu_seconds``, by configuration alone: bid for, won, refused beyond what
there is, priced, remembered and audited."""

import json
from itertools import pairwise
from random import Random

import pytest
from attrs import evolve

from syntropism import Bundle, Capacity, Economy, FurtherResource
from syntropism.adapters.clearing.numpy_engine import NumpyEngine
from syntropism.agent_sdk.syntropism_sdk import Bundle as AgentsBundle
from syntropism.agent_sdk.syntropism_sdk import Invalid as Refused
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, Invalid
from syntropism.domain.market.auction import AuctionBid
from syntropism.domain.market.book import Book
from syntropism.domain.market.offers import make_offer
from syntropism.domain.market.resources import RESOURCES
from syntropism.entrypoints.settings import SettingsError, load_settings

TOML = """
[capacity]
cpu_cores = 8
memory_mb = 4096

[resources.gpu_seconds]
kind = "total"
capacity = 1
minimum_price = 0.5
"""
GPU = FurtherResource.of("gpu_seconds", capacity=1, minimum_price="0.5")


def from_toml(tmp_path):
    (tmp_path / "syntropism.toml").write_text(TOML)
    return load_settings(tmp_path).settings.parameters()


def from_the_library(tmp_path):
    return evolve(from_toml(tmp_path), further=(GPU,))


@pytest.fixture(params=[from_toml, from_the_library], ids=["toml", "library"])
def parameters(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
def economy(request, parameters, tmp_path):
    if request.param == "memory":
        opened = Economy.in_memory(seed=3, parameters=parameters)
    else:
        opened = Economy.open(f"sqlite:///{tmp_path}/gpu.db", parameters=parameters)
    with opened:
        yield opened


def renderer(seconds, amount):
    """Wants the same GPU again and again."""

    def live(me):
        bundle = AgentsBundle(0.5, 64, 10, gpu_seconds=seconds)
        assert me.reserve(bundle) <= amount
        me.bid(bundle, amount)

    return live


def test_agents_bid_for_it_win_and_move_its_price(economy):
    for number, amount in enumerate((200, 190, 180)):
        first = (Bundle("0.5", 64, 10, gpu_seconds=6), amount)
        economy.create_agent(
            f"r{number}", credits=5_000, first_bid=first, behaviour=renderer(6, amount)
        )
    economy.create_agent("plain", 1_000, behaviour=renderer(0, 100))
    report = economy.run(cycles=4)

    assert economy.audit().ok, economy.audit().findings
    rows = [row for row in report.tables.resources if row.resource == "gpu_seconds"]
    assert [row.cycle for row in rows] == [1, 2, 3, 4]
    assert rows[0].price == 1.0  # twice the least
    assert all(later.price > former.price for former, later in pairwise(rows))
    assert all(row.utilization == 0.6 for row in rows)  # one of three fits at a time
    assert rows[0].demand == pytest.approx(1.8)
    assert economy.prices["gpu_seconds"] > rows[-1].price
    won = [one for one in report.tables.executions if one.agent.startswith("r")]
    assert len(won) == 4
    assert len(report.tables.executions) == 8  # who wants none of it is not kept waiting
    assert report.summary.prices[-1].resource == "gpu_seconds"


def test_what_it_costs_is_the_same_for_who_asks_and_who_reckons(economy):
    seen = []

    def live(me):
        bundle = AgentsBundle(1, 64, 20, gpu_seconds="0.7")
        quote = me.quote(bundle)
        seen.append((quote["reserve"] == me.reserve(bundle), quote["posted_cost"]))
        seen.append(me.posted_cost(bundle) == quote["posted_cost"])
        seen.append(me.bundle.further)

    first = (Bundle(1, 64, 10, gpu_seconds=2), 100)
    economy.create_agent("asker", 1_000, first_bid=first, behaviour=live)
    economy.step()
    assert seen[0][0]
    assert seen[1]
    assert seen[2] == {"gpu_seconds": 2}


def test_a_resource_that_there_is_not_is_refused_by_its_field(economy):
    refusals = []

    def live(me):
        for bundle in (
            {"cpu_seconds": 1, "memory_mb": 64, "duration_seconds": 5, "tpu_seconds": 1},
            {"cpu_seconds": 1, "memory_mb": 64, "duration_seconds": 5, "gpu_seconds": -1},
            {"cpu_seconds": 1, "memory_mb": 64, "duration_seconds": 5, "gpu_seconds": 0.0001},
        ):
            for ask in (me.quote, lambda bundle: me.bid(bundle, 50)):
                with pytest.raises(Refused) as refusal:
                    ask(bundle)
                refusals.append(refusal.value)

    economy.create_agent("typo", 1_000, behaviour=live)
    economy.step()
    assert [one.status for one in refusals] == [422] * 6
    assert refusals[0].details["field"] == "bundle.tpu_seconds"
    assert all("gpu_seconds" in one.details["field"] for one in refusals[2:])


def test_nobody_gets_more_of_it_than_there_is(economy):
    economy.create_agent("huge", 5_000, first_bid=(Bundle(1, 64, 10, gpu_seconds=11), 1_000))
    economy.create_agent("two", 5_000, first_bid=(Bundle(1, 64, 20, gpu_seconds=10), 500))
    economy.create_agent("six", 5_000, first_bid=(Bundle(1, 64, 10, gpu_seconds=6), 400))
    cycle = economy.step()
    assert cycle.wins == 1  # 0.6 of it; 0.5 more are not there, and 1.1 never are
    assert cycle.utilization["gpu_seconds"] == 0.6
    assert economy.audit().ok


def test_a_bundle_with_it_survives_being_kept(economy, tmp_path):
    asked = Bundle(1, 64, 10, gpu_seconds="2.5")
    economy.create_agent("ada", 1_000, first_bid=(asked, 100))
    with economy._store(read_only=True) as uow:
        (bid,) = uow.bids.all_open()
    assert bid.main.bundle == asked
    assert json.loads(json.dumps(asked.document))["gpu_seconds"] == 2.5
    economy.step()
    with economy._store(read_only=True) as uow:
        (execution,) = uow.executions.page(1)
    assert execution.bundle == asked


def test_it_can_come_later_and_go_again(tmp_path):
    url = f"sqlite:///{tmp_path}/later.db"
    with_gpu = from_toml(tmp_path)
    without = evolve(with_gpu, further=())
    asked = (Bundle(1, 64, 10, gpu_seconds=5), 100)
    with Economy.open(url, parameters=without) as economy:
        with pytest.raises(Invalid, match="gpu_seconds is not a known field"):
            economy.create_agent("early", 1_000, first_bid=asked)
        economy.create_agent("ada", 1_000)
        economy.run(cycles=2)
    with Economy.open(url, parameters=with_gpu) as economy:
        assert economy.prices["gpu_seconds"] == 1.0
        economy.create_agent("bob", 1_000, first_bid=asked)
        assert economy.step().utilization["gpu_seconds"] == 0.5
        assert economy.audit().ok
    with Economy.open(url, parameters=without) as economy:
        assert tuple(economy.run(cycles=2).cycles[-1]) == tuple(economy.report().cycles[0])
        assert tuple(economy.prices) == RESOURCES
        assert economy.audit().ok


def test_a_cycle_under_way_is_ended_with_the_resources_it_was_begun_with(tmp_path):
    url = f"sqlite:///{tmp_path}/under.db"
    with_gpu = from_toml(tmp_path)
    with Economy.open(url, parameters=with_gpu) as economy:
        from syntropism.application.commands import cycle_steps

        economy._cycle._step(economy._lead, cycle_steps.open_cycle)
    with (
        Economy.open(url, parameters=evolve(with_gpu, further=())) as economy,
        pytest.raises(Conflict, match=r"begun with the resources .*gpu_seconds"),
    ):
        economy.step()
    with Economy.open(url, parameters=with_gpu) as economy:
        assert economy.step().cycle == 1


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[resources.gpu_seconds]\nkind = "sum"', "resources.gpu_seconds.kind = 'sum'.*one of"),
        ("[resources.gpu_seconds]\ncapacity = -1", "resources.gpu_seconds.capacity = -1.*must be"),
        ("[resources.gpu_seconds]\ncapacty = 1", "did you mean resources.gpu_seconds.capacity"),
        ("[resources.tokens]\ncapacity = 1", "there is a resource tokens already"),
        ("[resources.GPU]\ncapacity = 1", "unknown key 'resources.GPU.capacity'"),
        ("resources = 3", "unknown key 'resources'"),
        ("[resources]\ngpu = 3", "unknown key 'resources.gpu'"),
        (
            "[resources.gpu]\ninitial_price_factor = 9\nmax_price_factor = 3",
            "initial price of gpu is above",
        ),
    ],
)
def test_a_resource_that_is_badly_configured_is_refused_in_one_line(toml, message, tmp_path):
    (tmp_path / "syntropism.toml").write_text(toml)
    with pytest.raises(SettingsError, match=message) as refusal:
        load_settings(tmp_path).settings.parameters()
    assert "\n" not in refusal.value.message


def test_the_environment_beats_the_file(tmp_path):
    (tmp_path / "syntropism.toml").write_text(TOML)
    name = "SYNTROPISM_RESOURCES_GPU_SECONDS_CAPACITY"
    loaded = load_settings(tmp_path, {}, {name: "2.5"})
    assert loaded.settings.parameters().capacity_rates[-1] == 2_500
    assert loaded.sources["resources.gpu_seconds.capacity"] == f"environment {name}"
    assert loaded.sources["resources.gpu_seconds.kind"] == "syntropism.toml"


def test_a_rate_is_occupied_as_it_is_named_and_a_total_over_the_window():
    parameters = EconomicParameters(
        further=(GPU, FurtherResource.of("vram_mb", kind="rate", capacity=8, minimum_price=1))
    )
    bundle = Bundle(1, 64, 20, gpu_seconds=3, vram_mb="2.5")
    assert parameters.rates(bundle)[4:] == (150, 2_500)
    assert parameters.rates(bundle)[:4] == bundle.rates


@pytest.mark.parametrize("seed", range(8))
def test_columns_clear_further_resources_as_the_reference_does(seed):
    random = Random(seed)
    parameters = EconomicParameters(
        further=(GPU, FurtherResource.of("vram_mb", kind="rate", capacity=8, minimum_price=1)),
        capacity=Capacity(12, 4096, 1000, 1),
    )

    def offer(chance):
        more = {"gpu_seconds": random.randint(0, 4000) / 1000} if random.random() < chance else {}
        if random.random() < chance:
            more["vram_mb"] = random.randint(1, 3)
        seconds = random.choice((5, 10, 30))
        bundle = Bundle(random.randint(100, 4000) / 1000, 64, seconds, 0, 0, **more)
        return make_offer(bundle, random.randint(200, 900) * 10**6, parameters)

    book = Book.of(
        (
            f"agent{i}",
            AuctionBid(f"bid{i}", offer(0.6), offer(0.3) if i % 3 == 0 else None, i % 4, i),
        )
        for i in range(60)
    )
    free, held = parameters.capacity_rates, (0, 0, 0, 0, 5, 7)
    told = [
        engine.clear_round(book, free, parameters.initial_prices, parameters, held)
        for engine in (ReferenceEngine(), NumpyEngine(ReferenceEngine(), columns_min=1))
    ]
    assert told[0].wins == told[1].wins
    assert told[0].wins
    assert list(told[0].losses) == list(told[1].losses)
    assert (told[0].used, told[0].demand) == (told[1].used, told[1].demand)
    assert told[0].upper_bound >= told[0].welfare
    assert len(told[0].used) == 6
    assert all(map(int.__le__, told[0].used, free))
    assert min(told[0].used[4:]) > 0
