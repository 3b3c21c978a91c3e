"""Many machines that fail, thousands of times: every law holds; and a seed is a story."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from syntropism.testing.simulation import simulate
from syntropism.testing.simulation.faults import RATES

SEEDS = 10_000 if os.environ.get("SOAK") else 2_000
CHUNK = 50


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_law_holds_whatever_goes_wrong(first):
    broken = {}
    for seed in range(first, first + CHUNK):
        report = simulate(seed)
        if not report.ok:
            broken[seed] = report.broken
    assert not broken, f"python -m syntropism.testing.simulation --seed {min(broken)}"


def test_every_fault_is_met_and_the_economy_lives_on():
    faults, executions = Counter(), 0
    for seed in range(60):
        report = simulate(seed)
        faults += report.faults
        executions += report.executions
    assert set(faults) == set(RATES), "a fault that never happens is not tested"
    assert executions > 5 * 60


def test_a_seed_replays_exactly():
    for seed in (3, 4):
        first, again = simulate(seed), simulate(seed)
        assert first == again
    assert simulate(3).history != simulate(4).history


def test_a_seed_replays_in_another_process_with_another_hash_seed():
    for hash_seed in ("0", "1"):
        told = subprocess.run(
            [sys.executable, "-m", "syntropism.testing.simulation", "--seed", "5"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert f"history {simulate(5).history}" in told.stdout
