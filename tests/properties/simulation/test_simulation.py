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
    faults, executions, seed = Counter(), 0, 0
    while set(faults) != set(RATES) and seed < 300:
        report = simulate(seed)
        faults += report.faults
        executions += report.executions
        seed += 1
    missed = set(RATES) - set(faults)
    assert not missed, f"a fault that never happens is not tested: {sorted(missed)}"
    assert executions > 5 * seed


def test_ports_that_machines_use_are_among_those_that_fail():
    for port in ("Clock", "EventPublisher", "HumanChannel", "SnapshotFolders", "Snapshots"):
        assert any(fault.startswith(f"{port}.") for fault in RATES)
    for port in ("TokenIssuer", "UsageMeter", "WorkerDesk", "Workspaces"):
        assert any(fault.startswith(f"{port}.") for fault in RATES)


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
