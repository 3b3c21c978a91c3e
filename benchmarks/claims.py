"""Windows claimed per second on PostgreSQL, against raw ``SKIP LOCKED``.

Ours is what the API does for a worker: the queue tells of rows, the lease locks them, looks if
the worker has room, counts the attempt, and finds the files of new agents; then it commits. The
baseline is one ``UPDATE … WHERE id IN (SELECT … FOR UPDATE SKIP LOCKED LIMIT n)`` and a commit:
the same columns are written. Both take the windows that one settled cycle left queued, in a copy
of the same database, and say by the clock on the wall how long all of them took.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from time import perf_counter

import psycopg
from cycle_sqlite import Town
from harness import Row, compare, main

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.servers.postgres import PostgresServer

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands import working
from syntropism.application.desk import Desk
from syntropism.application.effects import Effects
from syntropism.application.row_queue import RowQueue
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import WorkerId

BIDS = 8_000
LEASE_MS = 600_000

CLAIM = """
UPDATE executions SET status = 'leased', attempt = attempt + 1, worker_id = %s,
    lease_expires_at = now() + interval '10 minutes', updated_at = now()
WHERE id IN (SELECT id FROM executions WHERE status = 'queued' ORDER BY id LIMIT %s
             FOR UPDATE SKIP LOCKED)
RETURNING *
"""

Claim = Callable[[str, int], int]
"""Claims up to so many windows for a worker; how many it got."""


def all_of(claim: Claim, batch: int, first: int) -> int:
    """Claims until nothing is left; each batch for a worker of its own, as big as its slots."""
    had = 0
    for number in count(first):
        got = claim(f"w{number}", batch)
        had += got
        if not got:
            return had
    return had


def ours(url: str, town: Town, batch: int, claimants: int, expected: int) -> float:
    """Seconds until all are claimed through the desk."""
    store, tokens = SqlStore(url), EdDsaTokens(new_key())
    try:
        with store() as uow:
            fx = Effects(uow, town.rules, "benchmark")
            for number in range(-(-expected // batch) + claimants):
                for first in range(claimants):
                    name = f"w{number + first * 1_000_000}"
                    declared = DeclaredWorker(
                        id=WorkerId(name),
                        cpu_milli=10**9,
                        memory_milli_mb=10**9,
                        slots=batch,
                        heartbeat_at=fx.now,
                        expires_at=fx.now,
                    )
                    working.sign_on(fx, declared.seen(fx.now, LEASE_MS))
            uow.commit()

        def claim(worker: str, limit: int) -> int:
            desk = Desk(
                worker_id=WorkerId(worker),
                store=store,
                rules=town.rules,
                tokens=tokens,
                queue=RowQueue(store),
                lease_ms=LEASE_MS,
                renews=True,
            )
            return len(desk.lease(limit))

        return timed_claims([claim] * claimants, batch, expected)
    finally:
        store.close()


def raw(url: str, batch: int, claimants: int, expected: int) -> float:
    """Seconds until all are claimed by SQL alone."""
    connections = [psycopg.connect(url) for _ in range(claimants)]

    def claim_on(connection: psycopg.Connection) -> Claim:
        def claim(worker: str, limit: int) -> int:
            rows = connection.execute(CLAIM, (worker, limit)).fetchall()
            connection.commit()
            return len(rows)

        return claim

    try:
        return timed_claims([claim_on(one) for one in connections], batch, expected)
    finally:
        for one in connections:
            one.close()


def timed_claims(claims: list[Claim], batch: int, expected: int) -> float:
    """Seconds that all claimants took together, each in a thread."""
    with ThreadPoolExecutor(len(claims)) as pool:
        start = perf_counter()
        parts = [pool.submit(all_of, one, batch, n * 1_000_000) for n, one in enumerate(claims)]
        had = sum(part.result() for part in parts)
        spent = perf_counter() - start
    assert had == expected, f"{had} windows were claimed, of {expected}"
    return spent


def rows(short: bool) -> Iterator[Row]:
    """One window at a time, eight at a time, and two claimants of eight."""
    server = PostgresServer(durable=True)
    try:
        settled = server.fresh()
        store = SqlStore(settled)
        bids = BIDS // 4 if short else BIDS
        town = Town(store, bids)
        town.populate(bids)
        town.live()
        store.close()
        ((queued,),) = server.run(
            "SELECT count(*) FROM executions WHERE status = 'queued'", settled.rsplit("/")[-1]
        )

        def on_a_copy(side: Callable[[str], float]) -> float:
            url = server.copy(settled)
            try:
                return side(url)
            finally:
                server.drop(url)

        for batch, claimants in ((1, 1), (8, 1), (8, 2)):
            yield compare(
                f"claims, {batch} at a time, {claimants} claiming",
                lambda b=batch, c=claimants: on_a_copy(lambda url: ours(url, town, b, c, queued)),
                lambda b=batch, c=claimants: on_a_copy(lambda url: raw(url, b, c, queued)),
                target=None,
                items=queued,
                repetitions=5,
                short=short,
            )
    finally:
        server.stop()


if __name__ == "__main__":
    main(__doc__, rows)
