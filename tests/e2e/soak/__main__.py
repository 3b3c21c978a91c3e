"""``python -m tests.e2e.soak --seconds 1800``: what ``make soak`` runs; reports in ``out``.

The exit code is 1 if anything did not hold.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.e2e.soak.planted.sitecustomize import PLANTS
from tests.e2e.soak.soaking import soak


def _end(*_: Any) -> None:
    raise KeyboardInterrupt


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seconds", type=float, default=1800, help="how long things go wrong")
parser.add_argument("--seed", default="7", help="what goes wrong follows from it")
parser.add_argument("--report", type=Path, default=Path("out/soak.json"), help="a JSON file")
parser.add_argument(
    "--plant", choices=sorted(PLANTS), default="", help="a bug that every service is to have"
)
given = parser.parse_args()
signal.signal(signal.SIGTERM, _end)
with TemporaryDirectory(prefix="soak-", dir="/tmp", ignore_cleanup_errors=True) as folder:
    try:
        said = soak(Path(folder), given.seconds, given.seed, given.report, given.plant)
    except (AssertionError, subprocess.TimeoutExpired) as wrong:
        sys.stderr.write(f"soak: BROKEN: {wrong}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("soak: ended by hand; nothing is left\n")
        sys.exit(130)
sys.stdout.write(said + "\n")
