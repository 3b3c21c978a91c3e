"""What must hold when the faults have ceased."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.e2e.services.processes import eventually
from tests.e2e.soak.broker import published
from tests.e2e.soak.chaos import DECK, Chaos
from tests.e2e.soak.fleet import APIS, ORCHESTRATORS, WORKERS_OF_IT, Fleet
from tests.e2e.soak.laws import broken_in_the_end

DRAIN_SECONDS_MAX: Final = 180.0
END_SECONDS_MAX: Final = 90.0

DEALT_SECONDS: Final = 100.0
"""A run of so long has dealt its deck once at least."""

EVERYTHING_SECONDS: Final = 600.0
"""And in one of so long each kind of fault must have been met, also those that need luck."""

USE_MAX: Final = {"peak MB": 400, "descriptors": 500, "threads": 200}
"""What one process may use, whatever happens and for however long: several times what it does."""

SOON: Final = (
    *DECK,
    *("api: agents: asked twice", "api: workers: asked twice", "api: workers: answer lost"),
    *("nats: delivery repeated", "postgres: commit lost", "postgres: commit's answer lost"),
    *("api: cut", "nats: cut", "postgres: cut"),
)
LATER: Final = (
    *("api: agents: question lost", "api: agents: answer lost", "api: workers: question lost"),
    *("nats: event repeated", "nats: event repeated later", "nats: event lost"),
    *("nats: offer repeated", "nats: offer repeated later", "nats: offer lost"),
    *("nats: acknowledgement repeated", "nats: acknowledgement lost"),
    *("nats: question repeated", "nats: question lost", "nats: delivery lost"),
    *("leaders deposed", "workers told that a window is not theirs"),
)


def drain(fleet: Fleet) -> dict[str, int]:
    """Lets everything that was under way end; then nobody is at work any more. Tells how many
    seconds each step took.

    First with everybody there: no window may be lost, and cycles go on. Then without a market,
    and at last without anybody.
    """
    left = fleet.unfinished()
    cycle = fleet.cycle()
    steps: dict[str, Callable[[], object]] = {
        "no window is lost": lambda: _wait("windows", lambda: not left & fleet.unfinished()),
        "who sleeps is woken": fleet.wake_sleepers,
        "cycles go on": lambda: _wait("cycles", lambda: fleet.cycle() > cycle + 2),
        "everybody listens": lambda: _wait("services", lambda: _all_listen(fleet)),
        "orchestrators end": lambda: _end(fleet, *ORCHESTRATORS),
        "windows end": lambda: _wait("their ends", lambda: not fleet.unfinished()),
        "workers end": lambda: _end(fleet, *WORKERS_OF_IT),
        "all is published": lambda: require_published(fleet),
        "APIs end": lambda: _end(fleet, *APIS),
    }
    took = {}
    for name, step in steps.items():
        began = time.monotonic()
        step()
        took[name] = round(time.monotonic() - began)
    return took


def _wait(what: str, look: Callable[[], object]) -> None:
    eventually(what, look, DRAIN_SECONDS_MAX)


def _all_listen(fleet: Fleet) -> bool:
    members = fleet.members.values()
    gone = [f"{one.service.name}: {one.service.said[-1500:]}" for one in members if one.gone]
    assert not gone, f"left by itself when all was well again: {'; '.join(gone)}"
    return all(member.listens for member in members)


def _end(fleet: Fleet, *names: str) -> None:
    for name in names:
        fleet.members[name].signal(signal.SIGTERM)
    for name in names:
        service = fleet.members[name].service
        code = service.process.wait(END_SECONDS_MAX)
        assert code == 0, f"{service.name} ended with {code}: {service.said[-2000:]}"


def require_published(fleet: Fleet) -> None:
    """Every event is in the stream, once and in order."""
    told = [str(one) for (one,) in fleet.rows("SELECT id FROM events ORDER BY sequence")]
    _wait("publishing", lambda: published(fleet, -1) == told[-1:])
    out = published(fleet, 1)
    assert len(out) == len(set(out)), f"{len(out) - len(set(out))} events are out twice"
    assert out == told, f"{len(set(told) - set(out))} of {len(told)} events are not out"


def broken(fleet: Fleet, chaos: Chaos) -> list[str]:
    """Everything that does not hold."""
    found = broken_in_the_end(fleet.rows)
    audit = fleet.books.town.inside("audit", "--json")
    if audit.returncode != 0 or json.loads(audit.stdout)["ok"] is not True:
        found.append(f"audit: {audit.stdout[-2000:]}{audit.stderr[-500:]}")
    found += [f"left by itself: {one}" for one in chaos.left]
    for service in fleet.services.all:
        said = service.said
        if "Traceback" in said:
            found.append(f"{service.name} did not say it in one line: {said[-3000:]}")
    return found + leftovers(fleet)


def leftovers(fleet: Fleet) -> list[str]:
    """What nobody has taken away: files of services, and processes of windows."""
    found = []
    paths = [*fleet.temporary.iterdir(), *fleet.services.town.folder.glob("**/workers/*/run/*")]
    files = sorted(str(path.relative_to(fleet.folder)) for path in paths)
    if files:
        found.append(f"left behind: {', '.join(files[:5])} ({len(files)})")
    pids = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _of(fleet, pid)]
    if pids:
        shown = [Path(f"/proc/{pid}/cmdline").read_bytes()[:200] for pid in pids[:3]]
        found.append(f"{len(pids)} processes go on: {shown}")
    return found


def _of(fleet: Fleet, pid: int) -> bool:
    """Whether a process works in the folder of the fleet, or was told of it; but not a server."""
    name = str(fleet.services.town.folder)
    with suppress(OSError):
        home = Path(f"/proc/{pid}")
        if pid == os.getpid():
            return False
        told = (home / "cmdline").read_bytes() + (home / "environ").read_bytes()
        return name.encode() in told or os.readlink(home / "cwd").startswith(name)
    return False


def deposed(fleet: Fleet) -> int:
    """How often an orchestrator found that another one leads by now."""
    return sum(service.said.count("another orchestrator leads") for service in fleet.services.all)


def too_much(processes: dict[str, dict[str, int]]) -> list[str]:
    """The services that use more than they may."""
    return [
        f"{role} used {use[what]} ({what}), more than {most}"
        for role, use in processes.items()
        for what, most in USE_MAX.items()
        if use[what] > most
    ]


def never_happened(faults: dict[str, int], seconds: float) -> list[str]:
    """The kinds of faults that a run of so long must have met, and has not."""
    wanted = (SOON if seconds >= DEALT_SECONDS else ()) + (
        LATER if seconds >= EVERYTHING_SECONDS else ()
    )
    return [f"never happened: {one}" for one in wanted if not faults.get(one)]
