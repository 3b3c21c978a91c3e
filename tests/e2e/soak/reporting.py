"""The figures of a run, and what is told of them."""

from pathlib import Path
from typing import Any

from tests.e2e.soak.chaos import Chaos
from tests.e2e.soak.fleet import Fleet
from tests.e2e.soak.verdict import deposed
from tests.e2e.soak.watching import Watch

_STALE = "api: workers: told that a window is not theirs"


def faults_of(fleet: Fleet, chaos: Chaos) -> dict[str, int]:
    """Everything that went wrong, by kind."""
    found: dict[str, int] = dict(sorted(chaos.counts.items()))
    for name, proxy in sorted(fleet.proxies.items()):
        found |= {f"{name}: {kind}": count for kind, count in sorted(proxy.faults.items())}
    found["leaders deposed"] = deposed(fleet)
    found["workers told that a window is not theirs"] = found.pop(_STALE, 0)
    return found


def figures(watch: Watch, seconds: float) -> dict[str, Any]:
    """What was done, and what was lived through it."""
    fleet, chaos = watch.fleet, watch.chaos
    rows = fleet.rows
    statuses = rows("SELECT status, count(*) FROM executions GROUP BY status ORDER BY status")

    def count(query: str) -> int:
        return int(rows(query)[0][0] or 0)

    return {
        "seed": chaos.seed,
        "seconds": round(seconds),
        "faults": faults_of(fleet, chaos),
        "starts": {name: member.starts for name, member in sorted(fleet.members.items())},
        "left by themselves": len(chaos.left),
        "cycles": fleet.cycle(),
        "executions": dict(statuses),
        "further attempts": count("SELECT sum(attempt - 1) FROM executions WHERE attempt > 1"),
        "refunds": count("SELECT count(*) FROM transfers WHERE kind = 'refund'"),
        "woken": watch.woken,
        "transfers": count("SELECT count(*) FROM transfers"),
        "paid by agents": count("SELECT count(*) FROM transfers WHERE kind = 'transfer'"),
        "messages": count("SELECT count(*) FROM messages"),
        "rewards": count("SELECT count(*) FROM responses"),
        "events": count("SELECT count(*) FROM events"),
        "processes": watch.meters.figures(),
        "disk MB": {
            "project": _megabytes(fleet.services.town.folder),
            "logs": round(sum(one.path.stat().st_size for one in fleet.services.all) / 2**20, 1),
            "nats": _megabytes(fleet.nats.folder),
            "postgres": _megabytes(fleet.database.folder),
        },
    }


def _megabytes(folder: Path) -> float:
    sizes = (path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return round(sum(sizes) / 2**20, 1)


def line(found: dict[str, Any]) -> str:
    """The same in a few lines."""
    faults = found["faults"]

    def total(*signs: str) -> int:
        return sum(count for kind, count in faults.items() if any(sign in kind for sign in signs))

    processes = ", ".join(
        f"{role} {use['peak MB']} MB (+{use['most growth MB']} in {use['within s']} s), "
        f"{use['descriptors']} descriptors"
        for role, use in found["processes"].items()
    )
    return (
        f"soak: seed {found['seed']}, {found['seconds']} s\n"
        f"  faults: {total('kill ')} kills, {total('stop ')} stops ({total('past its')} past a "
        f"lease), {total('restart ', 'crash ')} server restarts, {total(': cut')} connections cut, "
        f"{total('delay ')} delays, {total('refuse ')} refusals, "
        f"{total('twice', 'repeated')} asked or told twice, "
        f"{total(' lost')} questions, answers, commits and messages lost\n"
        f"  fenced: {faults['leaders deposed']} leaders, "
        f"{faults['workers told that a window is not theirs']} answers to workers\n"
        f"  lived: {found['cycles']} cycles, {sum(found['executions'].values())} executions "
        f"({', '.join(f'{count} {status}' for status, count in found['executions'].items())}), "
        f"{found['further attempts']} further attempts, {found['refunds']} refunds, "
        f"{found['transfers']} transfers, {found['events']} events\n"
        f"  used: {processes}; {found['disk MB']} MB on disk\n"
        "  audit ok; every won bid has one final outcome and one charge"
    )
