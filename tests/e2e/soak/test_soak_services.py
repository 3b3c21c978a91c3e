"""Real processes, killed, stopped and cut off at random: nothing is lost, nothing doubled."""

import os
import sys
from pathlib import Path

import pytest
from tests.e2e.soak.soaking import soak
from tests.servers.nats import require_nats
from tests.servers.postgres import PostgresServer

SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
"""How long things go wrong; starting, draining and counting come on top."""


@pytest.mark.early
@pytest.mark.xdist_group("soak")
def test_no_fault_costs_a_credit_or_an_execution(tmp_path: Path, postgres: PostgresServer) -> None:
    require_nats()
    sys.stdout.write(soak(tmp_path, SECONDS, os.environ.get("SOAK_SEED", "5")) + "\n")
