"""One run: faults for some time, then peace, then the verdict."""

import json
import time
from pathlib import Path

from tests.e2e.services.processes import eventually
from tests.e2e.soak.chaos import Chaos
from tests.e2e.soak.fleet import fleet
from tests.e2e.soak.meters import Meters
from tests.e2e.soak.reporting import figures, line
from tests.e2e.soak.verdict import broken, drain, never_happened, too_much
from tests.e2e.soak.watching import Broken, Watch


def soak(
    folder: Path, seconds: float, seed: str, report: Path | None = None, plant: str = ""
) -> str:
    """Everything that must hold did; the figures in a few lines, and all of them in ``report``.

    Raises:
        AssertionError: something did not hold; says what.
    """
    began = time.monotonic()
    with fleet(folder, seed, plant) as whole:
        chaos = Chaos(whole, seed)
        try:
            eventually("windows", lambda: whole.rows("SELECT 1 FROM executions LIMIT 1"))
            watch = Watch(whole, chaos, Meters(whole))
            started = round(time.monotonic() - began)
            chaos.rage(seconds, watch.look)
            took = {"start": started, **drain(whole)}
            found = {**figures(watch, time.monotonic() - began), "took s": took}
            wrong = broken(whole, chaos) + never_happened(found["faults"], seconds)
            wrong += too_much(found["processes"])
            _keep(found | {"broken": wrong}, report)
            if wrong:
                raise Broken("; ".join(wrong))
        except BaseException:
            whole.tell_all()
            raise
    return line(found)


def _keep(found: dict[str, object], report: Path | None) -> None:
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, indent=2) + "\n")
