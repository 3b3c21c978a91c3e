"""Instances of several families, from a seed. Only integers are drawn: every platform agrees."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Final

from syntropism.application.ports.instances import Problem, Written, make_problem

_Draw = Callable[[Random, int], tuple[int, list[int]]]


def generate(family: str, bids: int, resources: int, seed: int, demand: int = 4) -> Problem:
    """``bids`` bids that together want about ``demand`` times what there is.

    Raises:
        KeyError: there is no such family; ``FAMILIES`` has their names.
    """
    random = Random(f"{family}/{bids}/{resources}/{demand}/{seed}")
    draw = FAMILIES[family]
    drawn = [draw(random, resources) for _ in range(bids)]
    if family == "goods":
        capacity = [1] * resources
    else:
        capacity = [max(1, sum(rates[r] for _, rates in drawn) // demand) for r in range(resources)]
    written = [
        Written(i, Decimal(amount), tuple(map(Decimal, rates)))
        for i, (amount, rates) in enumerate(drawn)
    ]
    return make_problem(written, tuple(map(Decimal, capacity)))


def _uncorrelated(random: Random, resources: int) -> tuple[int, list[int]]:
    rates = [random.randint(1, 1_000) for _ in range(resources)]
    return random.randint(1, 1_000 * resources), rates


def _correlated(random: Random, resources: int) -> tuple[int, list[int]]:
    """As the hard instances of the OR-Library: what is large is also worth much."""
    rates = [random.randint(1, 1_000) for _ in range(resources)]
    return sum(rates) // resources + random.randint(0, 500), rates


def _skewed(random: Random, resources: int) -> tuple[int, list[int]]:
    """Sizes and values over three orders of magnitude; some resources are not wanted."""
    size = _long_tailed(random)
    rates = [
        size * _long_tailed(random) // 100 if random.randrange(4) else 0 for _ in range(resources)
    ]
    rates[random.randrange(resources)] += size
    return max(1, sum(rates) * _long_tailed(random) // 300), rates


def _goods(random: Random, resources: int) -> tuple[int, list[int]]:
    """Combinatorial auctions: one unit of each good, bundles of a few neighbouring goods."""
    wanted = min(resources, 1 + min(random.randrange(6), random.randrange(6)))
    first = random.randrange(resources)
    rates = [0] * resources
    for k in range(wanted):
        rates[(first + k) % resources] = 1
    return wanted * random.randint(50, 150) + random.randint(0, 20) * wanted * wanted, rates


def _long_tailed(random: Random) -> int:
    return (1 << random.randrange(10)) * random.randint(8, 16) // 8 + 1


FAMILIES: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "uncorrelated": _uncorrelated,
        "correlated": _correlated,
        "skewed": _skewed,
        "goods": _goods,
    }
)
