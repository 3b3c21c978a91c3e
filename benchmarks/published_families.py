"""Instances built as the published sets of the literature were, from seeds: not their data.

Multi-dimensional knapsacks after Chu and Beasley (OR-Library ``mknapcb*``), Petersen, Senyu and
Toyoda, Shi, Weingartner and Ness (OR-Library ``mknap1``, ``mknap2``), Glover and Kochenberger;
single knapsacks after Pisinger; combinatorial auctions after CATS (``cats_families.py``).
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

import cats_families as cats

from syntropism import Candidate, Instance

Bids = list[tuple[int, list[int]]]


def instance(bids: Bids, capacity: list[int]) -> Instance:
    """Bids and capacity as an instance of the library."""
    return Instance(
        tuple(
            Candidate(str(i), amount, 0, 1, tuple(rates), 0, i)
            for i, (amount, rates) in enumerate(bids)
        ),
        tuple(capacity),
    )


def chu_beasley(random: Random, n: int, m: int, tightness: float) -> Instance:
    """What is large is also worth much: a ~ U(1, 1000), b = Σa/m + 500·u."""
    rows = [[random.randint(1, 1_000) for _ in range(m)] for _ in range(n)]
    bids = [(sum(row) // m + int(500 * random.random()), row) for row in rows]
    return instance(bids, [int(tightness * sum(row[k] for row in rows)) for k in range(m)])


def petersen(random: Random, n: int, m: int) -> Instance:
    """Projects over a few years: many zeros, round amounts, loosely correlated."""
    rows = [
        [random.choice((0, 0, 5, 10, 20, 40)) + random.randint(0, 30) for _ in range(m)]
        for _ in range(n)
    ]
    bids = [(max(1, int(sum(row) * random.uniform(0.3, 4))), row) for row in rows]
    return instance(bids, [max(1, int(sum(row[k] for row in rows) * 0.5)) for k in range(m)])


def sento(random: Random, n: int, m: int) -> Instance:
    """Wide: a third of the rates is zero, some are large, some resources are scarce."""
    rows = [
        [0 if random.random() < 0.35 else int(random.paretovariate(1.2) * 12) for _ in range(m)]
        for _ in range(n)
    ]
    bids = [(random.randint(2, 900), row) for row in rows]
    share = [random.uniform(0.15, 0.6) for _ in range(m)]
    return instance(bids, [int(sum(row[k] for row in rows) * share[k]) for k in range(m)])


def weingartner(random: Random, n: int, m: int = 2) -> Instance:
    """Two budgets, amounts over three orders of magnitude."""
    bids: Bids = []
    for _ in range(n):
        size = int(10 ** random.uniform(0.7, 2.6))
        bids.append(
            (
                int(size * 10 ** random.uniform(0.8, 2.2)),
                [max(0, int(size * random.uniform(0, 1.6))) for _ in range(m)],
            )
        )
    return instance(bids, [int(sum(row[k] for _, row in bids) * 0.3) for k in range(m)])


def glover_kochenberger(random: Random, n: int, m: int) -> Instance:
    """Large, strongly correlated, half of everything."""
    rows = [[random.randint(1, 100) for _ in range(m)] for _ in range(n)]
    bids = [(sum(row) // m + random.randint(1, 30), row) for row in rows]
    return instance(bids, [sum(row[k] for row in rows) // 2 for k in range(m)])


def single(random: Random, n: int, kind: str) -> Instance:
    """One resource: the hard classes."""
    top, bids = 1_000, []
    for _ in range(n):
        size = random.randint(1, top)
        if kind == "strong":
            bids.append((size + top // 10, [size]))
        elif kind == "inverse":
            bids.append((size, [size + top // 10]))
        elif kind == "subset-sum":
            bids.append((size * 1_000 + 1, [size * 1_000 + 1]))
        elif kind == "even-odd":
            bids.append((2 * size, [2 * size]))
        elif kind == "spanner":
            base = [(171, 220), (402, 310)][random.randrange(2)]
            times = random.randint(1, 10)
            bids.append((base[0] * times, [base[1] * times]))
        elif kind == "large":
            weight = random.randint(1, 10**7)
            bids.append((weight + 10**6, [weight]))
        else:  # similar weights
            bids.append((random.randint(1, top), [random.randint(100_000, 100_100)]))
    return instance(bids, [sum(row[0] for _, row in bids) // 3 | 1])


def _case(make: Callable[..., Instance], *arguments: object) -> Callable[[Random], Instance]:
    return lambda random: make(random, *arguments)


CASES: Final[dict[str, dict[str, Callable[[Random], Instance]]]] = {
    **{
        f"chu-beasley m={m} n={n}": {f"{t}": _case(chu_beasley, n, m, t) for t in (0.25, 0.5, 0.75)}
        for m in (5, 10, 30)
        for n in (100, 250, 500)
    },
    "petersen": {
        f"{n}x{m}": _case(petersen, n, m)
        for n, m in ((6, 10), (10, 10), (15, 10), (20, 10), (28, 10), (39, 5), (50, 5))
    },
    "sento, weish, pb": {
        f"{n}x{m}": _case(sento, n, m)
        for n, m in ((60, 30), (30, 5), (60, 5), (90, 5), (40, 30), (27, 4), (29, 2), (20, 10))
    },
    "weing, hp": {
        f"{n}x{m}": _case(weingartner, n, m) for n, m in ((28, 2), (105, 2), (28, 4), (35, 4))
    },
    "glover-kochenberger": {
        f"{n}x{m}": _case(glover_kochenberger, n, m)
        for n, m in ((100, 15), (100, 25), (150, 25), (150, 50), (200, 25), (500, 25))
    },
    "wide": {
        "100x100": _case(chu_beasley, 100, 100, 0.25),
        "50x100": _case(chu_beasley, 50, 100, 0.5),
        "200x60": _case(chu_beasley, 200, 60, 0.25),
    },
    "one resource": {
        f"{kind} {n}": _case(single, n, kind)
        for kind in ("strong", "inverse", "subset-sum", "even-odd", "spanner", "similar", "large")
        for n in (50, 200, 1_000)
    },
    **{
        f"cats {make.__name__}": {
            f"{goods}/{bids}": _case(make, goods, bids) for goods, bids in sizes
        }
        for make, sizes in (
            (cats.arbitrary, ((30, 100), (64, 250), (128, 500), (256, 1_000))),
            (cats.regions, ((36, 100), (64, 250), (144, 500), (256, 1_000))),
            (cats.paths, ((30, 200), (60, 1_000))),
            (cats.matching, ((128, 500), (256, 1_000), (256, 2_000))),
            (cats.scheduling, ((64, 250), (128, 500), (256, 1_000))),
        )
    },
    "tiny": {
        f"{n}x{m}": _case(chu_beasley, n, m, 0.5)
        for n, m in ((1, 1), (5, 3), (12, 30), (16, 2), (20, 5), (20, 100))
    },
}


def published(seeds: int, only: str = "") -> Iterator[tuple[str, str, Instance]]:
    """Every class, label and instance whose label contains ``only``; ``seeds`` of each case."""
    for name, cases in CASES.items():
        for case, make in cases.items():
            for seed in range(seeds):
                label = f"{name}/{case}/{seed}"
                if only in label:
                    yield name, label, make(Random(label))
