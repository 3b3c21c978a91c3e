"""One run: faults for some time, then peace, then the verdict."""

import json
import sys
import time
from pathlib import Path

from tests.e2e.services.processes import eventually
from tests.e2e.soak.chaos import Chaos
from tests.e2e.soak.fleet import fleet
from tests.e2e.soak.verdict import drain, figures, line, require_no_traceback, require_paid_once


def soak(folder: Path, seconds: float, seed: str, report: Path | None = None) -> str:
    """Everything the verdict asks held; one line of figures, and all of them in ``report``."""
    began = time.monotonic()
    with fleet(folder, seed) as whole:
        chaos = Chaos(whole, seed)
        try:
            eventually("windows", lambda: whole.books.rows("SELECT 1 FROM executions LIMIT 1"))
            chaos.rage(seconds)
            drain(whole)
            whole.books.require_lawful()
            require_paid_once(whole)
            require_no_traceback(whole)
            assert not chaos.left, chaos.left
            found = figures(whole, chaos, time.monotonic() - began)
        except BaseException:
            for one in whole.services.all:
                sys.stderr.write(f"--- {one.name}\n{one.said[-3000:]}\n")
            raise
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, indent=2) + "\n")
    return line(found)
