"""Clearing with ``posted_density`` and critical payments, in columns, against only sorting.

The baselines order the same bids and do nothing else: NumPy's ``lexsort`` by (density, amount,
sequence), keys made beforehand, and Python's ``sorted`` by a key function. Ours orders them, walks
down, and finds every payment; before it is timed, its winners and payments are checked against the
exact integer reference (up to 10,000 bids) or for feasibility.

Each side starts from its own natural form, made beforehand: ours and ``lexsort`` from columns, as
the store hands over a round, ``sorted`` from a list of tuples. In the rows ``objects`` both start
from the same tuple of ``Candidate`` objects, and making columns of them counts. All by CPU time.
Also told: the peak of memory per bid, and the exponent with which time grows.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from math import log
from time import process_time

import numpy as np
from harness import Row, Side, compare, main

from syntropism.adapters.clearing.columns import Columns
from syntropism.adapters.clearing.numpy_engine import NumpyEngine, clear_columns
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.presets import preset
from syntropism.domain.market.solving import solve

RESOURCES = 4
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CHECKED_MAX = 10_000
OBJECTS_MAX = 100_000


def timed(work: Callable[[], object]) -> Side:
    """A side that counts the CPU time of ``work``: the programs beside us do not."""

    def side() -> float:
        start = process_time()
        work()
        return process_time() - start

    return side


def market(bids: int) -> Columns:
    """Long-tailed bundles over four resources; demand is four times supply."""
    random = np.random.default_rng(bids)
    rates = random.lognormal(5, 1, (RESOURCES, bids)).astype(np.int64) + 1
    costs = rates.sum(axis=0)
    amounts = (costs * random.lognormal(0, 0.5, bids) * 1_000).astype(np.int64) + 1
    return Columns.checked(
        amounts,
        np.zeros(bids, np.int64),
        costs,
        np.full(bids, 1_000),
        np.arange(bids),
        rates,
        rates.sum(axis=1) // 4,
    )


def check(columns: Columns) -> None:
    """Ours is the reference, or at least feasible."""
    found = clear_columns(columns)
    assert (columns.rates[:, found.winners].sum(axis=1) <= columns.free).all()
    assert (found.payments <= columns.amounts[found.winners]).all()
    if columns.count <= CHECKED_MAX:
        expected = solve(instance_of(columns), preset("truthful"))
        assert tuple(found.payments.tolist()) == expected.payments


def instance_of(columns: Columns) -> Instance:
    """The same bids as objects."""
    rows = zip(
        columns.amounts.tolist(),
        columns.costs.tolist(),
        columns.rates.T.tolist(),
        strict=True,
    )
    return Instance(
        tuple(
            Candidate(str(i), amount, 0, cost, tuple(rates), 0, i)
            for i, (amount, cost, rates) in enumerate(rows)
        ),
        tuple(columns.free.tolist()),
    )


def from_objects(columns: Columns) -> tuple[Side, Side]:
    """An engine and ``sorted``, both given the same candidates."""
    instance, engine = instance_of(columns), NumpyEngine(ReferenceEngine())

    def best_first(bid: Candidate) -> tuple[float, int, int]:
        return -bid.amount / bid.cost, -bid.amount, bid.sequence

    return (
        timed(lambda: engine.solve(instance, preset("truthful"))),
        timed(lambda: sorted(instance.candidates, key=best_first)),
    )


def sorting(columns: Columns) -> tuple[Side, Side]:
    """``lexsort`` of ready keys, and ``sorted`` of bids by the same keys."""
    density = columns.amounts / columns.costs
    keys = (columns.ties, -columns.amounts, -density)
    bids = list(
        zip(columns.amounts.tolist(), columns.costs.tolist(), columns.ties.tolist(), strict=True)
    )

    def best_first(bid: tuple[int, int, int]) -> tuple[float, int, int]:
        return -bid[0] / bid[1], -bid[0], bid[2]

    return timed(lambda: np.lexsort(keys)), timed(lambda: sorted(bids, key=best_first))


def memory_per_bid(columns: Columns) -> float:
    """Bytes at the peak, columns included."""
    tracemalloc.start()
    clear_columns(columns)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(
        one.nbytes
        for one in (
            columns.amounts,
            columns.reserves,
            columns.costs,
            columns.factors,
            columns.ties,
            columns.rates,
        )
    )
    return (peak + held) / columns.count


def rows(short: bool) -> Iterator[Row]:
    """Each size against both baselines."""
    before: tuple[int, float] | None = None
    for bids in SIZES:
        columns = market(bids)
        check(columns)
        by_lexsort, by_sorted = sorting(columns)
        ours = timed(lambda columns=columns: clear_columns(columns))
        last = bids == SIZES[-1]
        against = compare(
            f"{bids:,} bids / lexsort",
            ours,
            by_lexsort,
            target=3.0 if last else None,
            items=bids,
            short=short,
            note=f"{memory_per_bid(columns):.0f} bytes per bid at the peak",
        )
        yield against
        growth = ""
        if before is not None:
            exponent = log(against.ours_seconds / before[1]) / log(bids / before[0])
            growth = f"time grows as n^{exponent:.2f} from {before[0]:,} bids on"
        before = (bids, against.ours_seconds)
        yield compare(
            f"{bids:,} bids / sorted",
            ours,
            by_sorted,
            target=10.0 if last else None,
            speed=True,
            items=bids,
            short=short,
            note=growth,
        )
        if bids <= OBJECTS_MAX:
            engine, by_objects = from_objects(columns)
            yield compare(
                f"{bids:,} bids / sorted, objects",
                engine,
                by_objects,
                target=None,
                speed=True,
                items=bids,
                short=short,
            )


if __name__ == "__main__":
    main(__doc__, rows)
