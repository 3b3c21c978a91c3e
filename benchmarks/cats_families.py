"""Combinatorial auctions drawn as the distributions of CATS are, with its default parameters.

K. Leyton-Brown, M. Pearson, Y. Shoham: *Towards a universal test suite for combinatorial auction
algorithms*, EC 2000. Every good is there once; a dummy good makes the bids of one bidder exclude
each other. Prices are in thousandths. Not the data of the original generator: its rules.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import pairwise
from math import dist
from operator import add
from random import Random
from typing import Final

from syntropism import Candidate, Instance

Bundle = frozenset[int]
Offer = tuple[Bundle, float]

_PLACES: Final = 1_000


def _auction(goods: int, bids: int, bidders: Iterator[Iterable[Offer]]) -> Instance:
    """As many ``bids`` as asked for, of as many ``bidders`` as that takes."""
    wanted: list[tuple[int, set[int]]] = []
    dummies = 0
    for offers in bidders:
        best: dict[Bundle, int] = {}
        for bundle, price in offers:
            if price > 0:
                best[bundle] = max(best.get(bundle, 1), round(price * _PLACES))
        dummy = {goods + dummies} if len(best) > 1 else set()
        dummies += len(dummy)
        wanted += [(price, set(bundle) | dummy) for bundle, price in best.items()]
        if len(wanted) >= bids:
            break
    width = goods + dummies
    candidates = []
    for i, (price, bundle) in enumerate(wanted[:bids]):
        rates = [0] * width
        for good in bundle:
            rates[good] = 1
        candidates.append(Candidate(str(i), price, 0, 1, tuple(rates), 0, i))
    return Instance(tuple(candidates), (1,) * width)


def arbitrary(random: Random, goods: int, bids: int) -> Instance:
    """Goods that go together by chance."""
    near = [[0.0] * goods for _ in range(goods)]
    for a in range(goods):
        for b in range(a):
            near[a][b] = near[b][a] = random.random()
    return _auction(goods, bids, _bidders(random, near, jumping=0))


def regions(random: Random, goods: int, bids: int) -> Instance:
    """Plots on a grid; neighbours go together, some of them diagonally; some bundles jump."""
    side = int(goods**0.5)
    goods = side * side
    near = [[0.0] * goods for _ in range(goods)]
    for a in range(goods):
        for b in range(a):
            down, across = abs(a // side - b // side), abs(a % side - b % side)
            if down + across == 1 or (down == across == 1 and random.random() < 0.2):
                near[a][b] = near[b][a] = 1.0
    return _auction(goods, bids, _bidders(random, near, jumping=0.05))


def _bidders(random: Random, near: list[list[float]], jumping: float) -> Iterator[list[Offer]]:
    """Common values 1–100, private ones 50 around them, n^1.2 for n goods together; up to five
    bundles of the same size as substitutes, within 1.5 × the price and half of the resale value."""
    goods = len(near)
    common = [random.uniform(1, 100) for _ in range(goods)]
    while True:
        private = [random.uniform(-50, 50) for _ in range(goods)]
        liked = [(one + 50) / 100 for one in private]
        size = 1
        while size < goods and random.random() < 0.9:
            size += 1

        def value(bundle: Bundle, private: list[float] = private) -> float:
            return sum(common[k] + private[k] for k in bundle) + len(bundle) ** 1.2

        seed = random.choices(range(goods), liked)[0]
        first = _grown(random, near, liked, seed, size, jumping)
        most = value(first)
        if most <= 0:
            continue
        resale = sum(common[k] for k in first) * 0.5
        others = [_grown(random, near, liked, good, size, jumping) for good in sorted(first)]
        rest = [
            (other, value(other))
            for other in others
            if 0 <= value(other) <= 1.5 * most and sum(common[k] for k in other) >= resale
        ]
        rest.sort(key=lambda one: -one[1])
        yield [(first, most), *rest[:5]]


def _grown(
    random: Random,
    near: list[list[float]],
    liked: list[float],
    seed: int,
    size: int,
    jumping: float,
) -> Bundle:
    """A bundle from ``seed`` on: what is near to it and liked joins more often."""
    bundle, pulls = {seed}, near[seed].copy()
    while len(bundle) < size:
        free = [k for k in range(len(near)) if k not in bundle]
        weights = [pulls[k] * liked[k] for k in free]
        if random.random() < jumping or not sum(weights):
            joined = random.choice(free)
        else:
            joined = random.choices(free, weights)[0]
        bundle.add(joined)
        pulls = list(map(add, pulls, near[joined]))
    return frozenset(bundle)


def paths(random: Random, cities: int, bids: int) -> Instance:
    """Edges of a map in which detours over what is built are cheap; each bidder wants one of up
    to five ways between two cities."""
    places = [(random.random(), random.random()) for _ in range(cities)]
    built: dict[tuple[int, int], int] = {}

    def cost(a: int, b: int) -> float:
        return dist(places[a], places[b])

    def build(a: int, b: int) -> None:
        built.setdefault((min(a, b), max(a, b)), len(built))

    for a in range(cities):
        for b in sorted(range(cities), key=lambda one: cost(a, one))[1:3]:
            build(a, b)
    for _ in range(cities * cities // 4):
        a, b = random.sample(range(cities), 2)
        way = _shortest(
            cities,
            a,
            b,
            lambda x, y: cost(x, y) * (1 if (min(x, y), max(x, y)) in built else 1.7),
        )
        for x, y in pairwise(way):
            build(x, y)
    neighbours: list[list[int]] = [[] for _ in range(cities)]
    for a, b in built:
        neighbours[a].append(b)
        neighbours[b].append(a)

    def bidders() -> Iterator[list[Offer]]:
        while True:
            a, b = random.sample(range(cities), 2)
            most = cost(a, b) * random.uniform(1, 1.5)
            yield [
                (
                    frozenset(built[min(x, y), max(x, y)] for x, y in pairwise(way)),
                    most - length,
                )
                for length, way in _ways(neighbours, cost, a, b, most)
            ]

    return _auction(len(built), bids, bidders())


def _shortest(
    cities: int, start: int, end: int, cost: Callable[[int, int], float]
) -> tuple[int, ...]:
    far, before, done = {start: 0.0}, {start: start}, set()
    while True:
        a = min((one for one in far if one not in done), key=far.__getitem__)
        if a == end:
            break
        done.add(a)
        for b in range(cities):
            if b not in done and far[a] + cost(a, b) < far.get(b, 1e9):
                far[b], before[b] = far[a] + cost(a, b), a
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def _ways(
    neighbours: list[list[int]], cost: Callable[[int, int], float], a: int, b: int, most: float
) -> list[tuple[float, tuple[int, ...]]]:
    """The five shortest simple ways below ``most``."""
    heap, found = [(cost(a, b), 0.0, (a,))], []
    while heap and len(found) < 5 and len(heap) < 5_000:
        _, length, way = heappop(heap)
        if way[-1] == b:
            found.append((length, way))
            continue
        for city in neighbours[way[-1]]:
            further = length + cost(way[-1], city)
            if city not in way and further + cost(city, b) < most:
                heappush(heap, (further + cost(city, b), further, (*way, city)))
    return found


def matching(random: Random, goods: int, bids: int) -> Instance:
    """Slots at four airports: one to take off, one to land, worth less when it takes longer."""
    slots = goods // 4
    cities = [(random.random(), random.random()) for _ in range(4)]
    worth = [random.uniform(0, 5) for _ in range(4)]
    longest = max(dist(a, b) for a in cities for b in cities)

    def bidders() -> Iterator[list[Offer]]:
        while True:
            a, b = random.sample(range(4), 2)
            flight = max(1, round(10 * dist(cities[a], cities[b]) / longest))
            start = random.randint(1, slots - flight)
            most = (worth[a] + worth[b]) * random.uniform(0.5, 1.5)
            offers = []
            for leave in range(max(1, start - 1), min(slots, start + 2) + 1):
                for land in range(leave + flight, min(start + flight + 2, slots) + 1):
                    delay, late = land - leave - flight, max(0, land - start - flight)
                    bundle = frozenset((a * slots + leave - 1, b * slots + land - 1))
                    offers.append((bundle, most * 0.9**delay * 0.75**late))
            yield offers

    return _auction(4 * slots, bids, bidders())


def scheduling(random: Random, goods: int, bids: int) -> Instance:
    """Jobs of up to ten consecutive slots, worth less after each of several deadlines."""

    def bidders() -> Iterator[list[Offer]]:
        while True:
            length = random.randint(1, min(10, goods))
            first = deadline = random.randint(length, goods)
            most = random.uniform(0.5, 1.5) * length**1.2
            offers, earliest = [], 0
            while True:
                price = most * first / deadline
                for start in range(earliest, deadline - length + 1):
                    offers.append((frozenset(range(start, start + length)), price))
                earliest = deadline - length + 1
                if deadline >= goods or random.random() > 0.9:
                    break
                deadline = random.randint(deadline + 1, goods)
            yield offers

    return _auction(goods, bids, bidders())
