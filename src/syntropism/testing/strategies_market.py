"""Hypothesis strategies for the market: bundles, bids, whole rounds and bare instances.

Values are drawn to collide: few distinct numbers, so that ties, full capacity and amounts at
the reserve are common.
"""

from attrs import evolve, frozen
from hypothesis import strategies as st

from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.resources import Bundle, Capacity, Rates
from syntropism.domain.market.rounds import AuctionBid


def bundles(*, attention: bool = True) -> st.SearchStrategy[Bundle]:
    """Bundles from tiny to larger than :func:`capacities`, with or without attention."""
    return st.builds(
        Bundle.of_milli,
        cpu_ms=st.sampled_from((100, 500, 1_000, 4_000)) | st.integers(1, 8_000),
        memory_milli_mb=st.sampled_from((32_000, 64_000, 512_000)) | st.integers(1, 600_000),
        duration_ms=st.sampled_from((100, 5_000, 10_000, 20_000)) | st.integers(2_000, 60_000),
        tokens=st.sampled_from((0, 0, 100)) | st.integers(0, 2_000),
        attention_share=st.sampled_from((0, 0, 1, 2)) if attention else st.just(0),
    )


def capacities() -> st.SearchStrategy[Capacity]:
    """What small machines offer; some lack tokens or attention."""
    return st.builds(
        Capacity,
        cpu_cores=st.integers(1, 4),
        memory_mb=st.sampled_from((256, 1_024, 4_096)),
        tokens_per_second=st.sampled_from((0, 100, 1_000)),
        attention_slots=st.integers(0, 2),
    )


@st.composite
def prices(draw: st.DrawFn, parameters: EconomicParameters) -> tuple[int, ...]:
    """Posted prices within the bounds of ``parameters``."""
    return tuple(
        draw(st.sampled_from((low, low * 2, high)) | st.integers(low, high))
        for low, high in zip(parameters.min_prices, parameters.max_prices, strict=True)
    )


@st.composite
def offers(draw: st.DrawFn, bundle: Bundle, parameters: EconomicParameters) -> Offer:
    """Valid offers for ``bundle``: at its reserve or above."""
    least = reserve(bundle, parameters)
    extra = draw(st.sampled_from((0, 1, 5 * MICRO)) | st.integers(0, 200 * MICRO))
    return Offer(bundle, least + extra, least)


@st.composite
def auction_bids(
    draw: st.DrawFn, parameters: EconomicParameters, bid_id: str, *, fallbacks: bool = True
) -> AuctionBid:
    """Bids as the market sees them; some are in cooldown, some have a fallback."""
    bundle = draw(bundles())
    main: Offer | None = draw(offers(bundle, parameters))
    fallback: Offer | None = None
    if fallbacks:
        if draw(st.booleans()):
            fallback = draw(offers(bundle.without_attention(), parameters))
        if bundle.attention_share and draw(st.integers(0, 3)) == 0:
            main = None
    return AuctionBid(
        bid_id, main, fallback, age=draw(st.integers(0, 5)), sequence=draw(st.integers(0, 4))
    )


@frozen(slots=True)
class Round:
    """Everything ``clear_round`` asks for."""

    bids: tuple[AuctionBid, ...]
    free: Rates
    prices: tuple[int, ...]
    parameters: EconomicParameters
    held: Rates


@st.composite
def rounds(
    draw: st.DrawFn,
    *,
    preset: str | None = None,
    bids_max: int = 10,
    fallbacks: bool = True,
    parameters: EconomicParameters | None = None,
) -> Round:
    """Whole rounds: a machine partly held by earlier windows, posted prices, and bids."""
    chosen = evolve(
        parameters or EconomicParameters(),
        preset=preset or draw(st.sampled_from(("truthful", "classic"))),
        ageing_permille=draw(st.sampled_from((0, 0, 50, 1_000))),
    )
    capacity = draw(capacities()).rates
    held = tuple(draw(st.sampled_from((0, 0, 0, 0, rate // 2, rate))) for rate in capacity)
    count = draw(st.integers(0, bids_max))
    return Round(
        tuple(draw(auction_bids(chosen, f"bid-{i}", fallbacks=fallbacks)) for i in range(count)),
        tuple(total - busy for total, busy in zip(capacity, held, strict=True)),
        draw(prices(chosen)),
        chosen,
        held,
    )


@st.composite
def candidates(draw: st.DrawFn, candidate_id: str, resources: int, size: int = 8) -> Candidate:
    """Bare candidates over ``resources`` resources, with numbers up to about ``size``."""
    least = draw(st.integers(0, size))
    return Candidate(
        candidate_id,
        amount=least + draw(st.integers(0, 2 * size)),
        reserve=least,
        cost=draw(st.integers(1, size)),
        rates=tuple(draw(st.integers(0, size)) for _ in range(resources)),
        age=draw(st.integers(0, 3)),
        sequence=draw(st.integers(0, 2)),
    )


@st.composite
def instances(
    draw: st.DrawFn, *, candidates_max: int = 10, resources: int | None = None, size: int = 8
) -> Instance:
    """Bare instances with one to five resources (or exactly ``resources``)."""
    width = resources or draw(st.integers(1, 5))
    count = draw(st.integers(0, candidates_max))
    return Instance(
        tuple(draw(candidates(f"c{i}", width, size)) for i in range(count)),
        tuple(draw(st.integers(0, 3 * size)) for _ in range(width)),
        draw(st.sampled_from((0, 0, 100, 1_000))),
    )


@st.composite
def hard_instances(draw: st.DrawFn, *, candidates_max: int = 12) -> Instance:
    """Instances on which greedy orders go wrong: several resources, room for about half, and
    amounts that follow the rates exactly, nearly or not at all, with large and small numbers."""
    random = draw(st.randoms(use_true_random=False))
    width, count = random.randint(1, 6), random.randint(6, candidates_max)
    low, high = random.choice(((1, 9), (1, 100), (90, 110), (900_000, 1_000_000)))
    slack = random.choice((0, 0, 1, 3, high))
    found = []
    for i in range(count):
        rates = tuple(random.randint(low, high) for _ in range(width))
        amount = random.choice((2, 2, 2, 3)) * sum(rates) + random.randint(0, slack)
        found.append(Candidate(f"c{i}", amount, 0, 1, rates, 0, i))
    share = random.choice((3, 5, 7))
    free = tuple(sum(one.rates[r] for one in found) * share // 10 for r in range(width))
    return Instance(tuple(found), free)
