"""Hypothesis strategies for what users build: requests, populations, whole economies."""

from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import MICRO, Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.resources import Bundle, Capacity
from syntropism.entrypoints.library import Economy

_SMALL = Bundle("0.1", 32, 10)
_BUNDLES = (
    _SMALL,
    Bundle("0.5", 64, 10),
    Bundle(1, 64, 20),
    Bundle(4, 64, 10),
    Bundle("0.5", 64, 10, 0, 1),
    Bundle("0.1", 32, 10, 100, 1),
)
_REFUSED = (Bundle("0.05", 32, 10), Bundle("0.1", 16, 10), Bundle("0.5", 64, 20, 0, 1))


def lively_parameters() -> EconomicParameters:
    """Small numbers, so that everything that can happen happens within a few cycles."""
    return EconomicParameters(
        treasury_endowment=2_000 * MICRO,
        reward_interesting=3 * MICRO,
        reward_useful=2 * MICRO,
        reward_understandable=1,
        spawn_fee=5 * MICRO,
        bid_expiry_cycles=2,
        dormancy_cycles_max=3,
        prompt_expiry_cycles=2,
        attention_cooldown_cycles=1,
        start_timeout_ms=120_000,
        max_attempts=2,
        capacity=Capacity(2, 256, 100, 2),
    )


def amounts(at_most: int = 200 * MICRO) -> st.SearchStrategy[int]:
    """Amounts in micro-credits as somebody may name them; some are refused everywhere."""
    valid = st.sampled_from((1, MICRO, 20 * MICRO, at_most)) | st.integers(1, at_most)
    return valid | st.sampled_from((0, -1, 2**53))


@st.composite
def bid_requests(
    draw: st.DrawFn, parameters: EconomicParameters, *, refused: bool = True
) -> BidRequest:
    """Requests for windows on a small machine, some with a fallback. With ``refused`` some are
    below the reserve, below the smallest bundle or too long."""
    least = -1 if refused else 0
    extras = st.sampled_from((0, 1, 5 * MICRO, 50 * MICRO) + ((least,) if refused else ()))
    bundle = draw(st.sampled_from(_BUNDLES + (_REFUSED if refused else ())))
    request = BidRequest(bundle, reserve(bundle, parameters) + draw(extras))
    if draw(st.integers(0, 2)):
        return request
    fallback = draw(st.sampled_from((bundle.without_attention(), _SMALL)))
    amount = reserve(fallback, parameters) + draw(extras)
    return evolve(request, fallback_bundle=fallback, fallback_amount=amount)


def scores() -> st.SearchStrategy[Scores]:
    """What a human thinks."""
    points = st.integers(0, 10)
    return st.builds(Scores, points, points, points)


@st.composite
def populations(
    draw: st.DrawFn,
    parameters: EconomicParameters | None = None,
    *,
    agents_min: int = 1,
    agents_max: int = 6,
) -> list[BirthRequest]:
    """Agents to be born, each able to cover its first bid."""
    rules = parameters or EconomicParameters()
    births = []
    for number in range(draw(st.integers(agents_min, agents_max))):
        bid = draw(st.none() | bid_requests(rules, refused=False))
        least = max(bid.amount, bid.fallback_amount) if bid else rules.first_bid_amount
        endowment = least + draw(st.sampled_from((0, MICRO, 100 * MICRO)))
        births.append(BirthRequest(f"agent {number}", endowment, {"main.py": b""}, "", bid))
    return births


@st.composite
def economies(
    draw: st.DrawFn, parameters: EconomicParameters | None = None, *, cycles_max: int = 6
) -> Economy:
    """Whole economies in memory, populated, some with a history of a few cycles in which agents
    bid again while they can."""
    rules = parameters or lively_parameters()
    economy = Economy.in_memory(seed=draw(st.integers(0, 2**16)), parameters=rules)
    for birth in draw(populations(rules)):
        first = birth.first_bid or BidRequest(rules.first_bundle, rules.first_bid_amount)
        economy.create_agent(
            birth.name,
            Credits(birth.endowment),
            behaviour=_persevere,
            first_bid=(first.bundle, Credits(first.amount)),
        )
    economy.run(draw(st.integers(0, cycles_max)))
    return economy


def _persevere(me: Any) -> None:
    """What the agents of :func:`economies` do: bid for one more small window."""
    if float(me.balance) >= 30:
        me.bid(_SMALL, 25)
