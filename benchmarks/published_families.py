"""Instances built as the published sets of the literature were, from seeds: not their data.

Multi-dimensional knapsacks after Chu and Beasley (OR-Library ``mknapcb*``), Petersen, Senyu and
Toyoda, Shi, Weingartner and Ness (OR-Library ``mknap1``, ``mknap2``), Glover and Kochenberger;
single knapsacks after Pisinger; combinatorial auctions after the distributions of CATS.
"""

from collections.abc import Callable, Collection, Iterator
from itertools import pairwise
from random import Random
from typing import Final

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


def _auction(wanted: list[tuple[int, set[int]]], goods: int) -> Instance:
    bids = [(amount, [int(k in some) for k in range(goods)]) for amount, some in wanted]
    return instance(bids, [1] * goods)


def arbitrary(random: Random, goods: int, bids: int) -> Instance:
    """Goods that go together by chance; substitutable bids share a dummy good."""
    near = [[random.random() for _ in range(goods)] for _ in range(goods)]
    base = [random.randint(1, 100) for _ in range(goods)]
    return _related(random, near, base, bids)


def regions(random: Random, goods: int, bids: int) -> Instance:
    """Plots on a grid; neighbours go together."""
    side = int(goods**0.5)
    near = [
        [
            float(abs(a % side - b % side) + abs(a // side - b // side) == 1 and a != b)
            for b in range(side * side)
        ]
        for a in range(side * side)
    ]
    return _related(random, near, [random.randint(1, 100) for _ in range(side * side)], bids)


def _related(random: Random, near: list[list[float]], base: list[int], bids: int) -> Instance:
    goods, dummies = len(base), 0
    wanted: list[tuple[int, set[int]]] = []
    while len(wanted) < bids:
        private = [value + random.uniform(-1, 1) * 100 * 0.5 for value in base]
        first = _bundle(random, near, private, random.randrange(goods))
        most = _worth(first, private)
        if most <= 0:
            continue
        others = [_bundle(random, near, private, one) for one in list(first)[:5]]
        group = {frozenset(first)} | {
            frozenset(one)
            for one in others
            if 0.5 * most <= _worth(one, private) and len(one) == len(first)
        }
        dummy = {goods + dummies} if len(group) > 1 else set()
        dummies += bool(dummy)
        wanted += [(_worth(one, private), set(one) | dummy) for one in sorted(group, key=sorted)]
    return _auction(wanted[:bids], goods + dummies)


def _bundle(random: Random, near: list[list[float]], private: list[float], first: int) -> set[int]:
    goods, chosen = len(private), {first}
    while random.random() < 0.9 and len(chosen) < goods:
        pulls = [
            0.0 if b in chosen else sum(near[a][b] for a in chosen) * max(0.01, private[b])
            for b in range(goods)
        ]
        if not sum(pulls):
            break
        chosen.add(random.choices(range(goods), pulls)[0])
    return chosen


def _worth(chosen: Collection[int], private: list[float]) -> int:
    return int(10 * (sum(private[k] for k in chosen) + len(chosen) ** 1.2))


def paths(random: Random, cities: int, bids: int) -> Instance:
    """Edges of a random map; each bidder wants one of several ways between two cities."""
    places = [(random.random(), random.random()) for _ in range(cities)]

    def apart(a: int, b: int) -> float:
        return ((places[a][0] - places[b][0]) ** 2 + (places[a][1] - places[b][1]) ** 2) ** 0.5

    edges: dict[tuple[int, int], int] = {}
    neighbours: list[set[int]] = [set() for _ in range(cities)]
    for a in range(cities):
        for b in sorted(range(cities), key=lambda one: apart(a, one))[1:4]:
            edges.setdefault((min(a, b), max(a, b)), len(edges))
            neighbours[a].add(b)
            neighbours[b].add(a)
    wanted: list[tuple[int, set[int]]] = []
    dummies = 0
    while len(wanted) < bids:
        start, end = random.sample(range(cities), 2)
        found: list[tuple[float, tuple[int, ...]]] = []
        worth = apart(start, end) * random.uniform(1, 2)
        stack = [(0.0, (start,))]
        while stack and len(found) < 5:
            length, way = stack.pop()
            if way[-1] == end:
                found.append((length, way))
                continue
            for other in sorted(neighbours[way[-1]], key=lambda one: -apart(one, end)):
                further = length + apart(way[-1], other)
                if other not in way and further + apart(other, end) < worth:
                    stack.append((further, (*way, other)))
        dummy = {-1 - dummies} if len(found) > 1 else set()
        dummies += bool(dummy)
        for length, way in found:
            used = {edges[min(a, b), max(a, b)] for a, b in pairwise(way)}
            wanted.append((max(1, int((worth - length) * 1_000)), used | dummy))
    goods = len(edges)
    shifted = [(v, {k if k >= 0 else goods - 1 - k for k in some}) for v, some in wanted]
    return _auction(shifted[:bids], goods + dummies)


def matching(random: Random, slots: int, bids: int) -> Instance:
    """Take-off and landing slots at four airports: one of each, one flight per bidder."""
    wanted: list[tuple[int, set[int]]] = []
    dummies, goods = 0, 4 * slots
    while len(wanted) < bids:
        start, end = random.sample(range(4), 2)
        early, most = random.randrange(slots - 3), random.randint(300, 1_000)
        dummy = goods + dummies
        dummies += 1
        for late in range(3):
            for more in range(2):
                leave, land = (
                    start * slots + early + late,
                    end * slots + min(slots - 1, early + late + 1 + more),
                )
                wanted.append((int(most * 0.9 ** (late + more)) + 1, {leave, land, dummy}))
    return _auction(wanted[:bids], goods + dummies)


def scheduling(random: Random, slots: int, bids: int) -> Instance:
    """Jobs over consecutive slots, worth less after their deadline."""
    wanted: list[tuple[int, set[int]]] = []
    dummies = 0
    while len(wanted) < bids:
        length = random.randint(1, max(1, slots // 6))
        first, most = random.randrange(slots - length + 1), random.randint(50, 150) * length
        dummy = {slots + dummies}
        dummies += 1
        for start in range(first, min(first + 6, slots - length + 1)):
            worth = int(most * 0.85 ** (start - first)) + 1
            wanted.append((worth, set(range(start, start + length)) | dummy))
    return _auction(wanted[:bids], slots + dummies)


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
    "cats arbitrary": {
        "30/100": _case(arbitrary, 30, 100),
        "64/250": _case(arbitrary, 64, 250),
        "128/500": _case(arbitrary, 128, 500),
        "256/1000": _case(arbitrary, 256, 1_000),
    },
    "cats regions": {
        "36/100": _case(regions, 36, 100),
        "64/250": _case(regions, 64, 250),
        "144/500": _case(regions, 144, 500),
        "256/1000": _case(regions, 256, 1_000),
    },
    "cats paths": {
        "30/200": _case(paths, 30, 200),
        "60/1000": _case(paths, 60, 1_000),
        "100/2000": _case(paths, 100, 2_000),
    },
    "cats matching": {
        "20/200": _case(matching, 20, 200),
        "60/1000": _case(matching, 60, 1_000),
    },
    "cats scheduling": {
        "20/100": _case(scheduling, 20, 100),
        "40/400": _case(scheduling, 40, 400),
        "60/1000": _case(scheduling, 60, 1_000),
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
