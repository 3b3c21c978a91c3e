"""``python -m tests.e2e.soak --seconds 1800``: what ``make soak`` runs; reports in ``out``."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.soak.soaking import soak

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seconds", type=float, default=1800, help="how long things go wrong")
parser.add_argument("--seed", default="7", help="what goes wrong follows from it")
parser.add_argument("--report", type=Path, default=Path("out/soak.json"), help="a JSON file")
given = parser.parse_args()
with TemporaryDirectory(prefix="soak-", dir="/tmp") as folder:
    sys.stdout.write(soak(Path(folder), given.seconds, given.seed, given.report) + "\n")
