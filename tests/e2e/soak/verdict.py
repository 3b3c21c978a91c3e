"""What must hold when the faults have ceased, and the figures of the run."""

import json
import signal
from typing import Any

from tests.e2e.services.processes import eventually
from tests.e2e.soak.chaos import Chaos
from tests.e2e.soak.fleet import Fleet

DRAIN_SECONDS_MAX = 180.0


def drain(fleet: Fleet) -> None:
    """Lets everything that was under way end; then nobody is at work any more.

    First with everybody there: no window may be lost, and cycles go on. Then without a market,
    and at last without anybody.
    """
    left = fleet.unfinished()
    cycle = fleet.books.cycle()
    eventually("that no window is lost", lambda: not left & fleet.unfinished(), DRAIN_SECONDS_MAX)
    fleet.wake_sleepers()
    eventually("that cycles go on", lambda: fleet.books.cycle() > cycle + 2, DRAIN_SECONDS_MAX)
    _end(fleet, "o1", "o2")
    eventually("that windows end", lambda: not fleet.unfinished(), DRAIN_SECONDS_MAX)
    _end(fleet, "w1", "w2", "w3")
    require_published(fleet)
    _end(fleet, "api1", "api2")


def _end(fleet: Fleet, *names: str) -> None:
    for name in names:
        fleet.members[name].signal(signal.SIGTERM)
    for name in names:
        service = fleet.members[name].service
        assert service.process.wait(60) == 0, f"{service.name}: {service.said[-2000:]}"


def require_published(fleet: Fleet) -> None:
    """Every event is in the stream, once and in order."""
    told = [str(one) for (one,) in fleet.books.rows("SELECT id FROM events ORDER BY sequence")]
    eventually("that all is published", lambda: _last(fleet) == told[-1], DRAIN_SECONDS_MAX)
    out = _published(fleet, 1)
    assert len(out) == len(set(out)), f"{len(out) - len(set(out))} events are out twice"
    assert out == told, f"{len(set(told) - set(out))} of {len(told)} events are not out"


def _last(fleet: Fleet) -> str:
    out = _published(fleet, -1)
    return out[-1] if out else ""


def _published(fleet: Fleet, first: int) -> list[str]:
    """Ids in the stream from a number on; from its last message, if that is negative."""
    from tests.integration.nats.history import linked

    with linked(fleet.nats.url) as link:

        async def read() -> list[str]:
            state = (await link.jetstream.stream_info("EVENTS")).state
            begin = max(1, state.first_seq, first if first > 0 else state.last_seq)
            found = []
            for number in range(begin, state.last_seq + 1):
                message = await link.jetstream.get_msg("EVENTS", number)
                found.append(str(json.loads(message.data or b"{}")["id"]))
            return found

        return link.call(read(), 600)


def require_paid_once(fleet: Fleet) -> None:
    """What was asked twice was done once. (A window that has acted is never tried again.)"""
    twice = "SELECT memo FROM transfers WHERE kind = 'transfer' GROUP BY memo HAVING count(*) > 1"
    assert not fleet.books.rows(twice)
    assert fleet.books.rows("SELECT 1 FROM transfers WHERE kind = 'transfer' LIMIT 1")


def require_no_traceback(fleet: Fleet) -> None:
    """Whatever happened was one line each time."""
    for service in fleet.services.all:
        assert "Traceback" not in service.said, f"{service.name}: {service.said[-4000:]}"


def figures(fleet: Fleet, chaos: Chaos, seconds: float) -> dict[str, Any]:
    """What was done, and what was lived through it."""
    rows = fleet.books.rows
    statuses = rows("SELECT status, count(*) FROM executions GROUP BY status ORDER BY status")
    faults = {
        f"{name}: {kind}": count
        for name, proxy in sorted(fleet.proxies.items())
        for kind, count in sorted(proxy.faults.items())
    }
    return {
        "seed": chaos.seed,
        "seconds": round(seconds),
        "chaos": dict(sorted(chaos.counts.items())),
        "faults": faults,
        "left by themselves": len(chaos.left),
        "cycles": fleet.books.cycle(),
        "executions": dict(statuses),
        "further attempts": rows("SELECT sum(attempt - 1) FROM executions WHERE attempt > 1")[0][0]
        or 0,
        "refunds": rows("SELECT count(*) FROM transfers WHERE kind = 'refund'")[0][0],
        "transfers": rows("SELECT count(*) FROM transfers")[0][0],
        "rewards": rows("SELECT count(*) FROM responses")[0][0],
        "events": rows("SELECT count(*) FROM events")[0][0],
    }


def line(found: dict[str, Any]) -> str:
    """The same in one line."""
    chaos, faults = found["chaos"], found["faults"]
    return (
        f"soak: {found['seconds']} s, seed {found['seed']}: {chaos.get('kill', 0)} kills, "
        f"{chaos.get('stop', 0)} stops, "
        f"{sum(count for kind, count in chaos.items() if ' ' in kind)} server restarts, "
        f"{sum(faults.values())} faults on the way; {found['cycles']} cycles, "
        f"{sum(found['executions'].values())} executions, {found['further attempts']} further "
        f"attempts, {found['refunds']} refunds, {found['events']} events"
    )
