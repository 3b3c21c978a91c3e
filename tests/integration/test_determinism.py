"""The same seed tells the same story, to the byte: wherever it is kept, however Python hashes."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import syntropism
from syntropism import Economy
from syntropism.application.documents import document
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.resources import Capacity
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import MEMORY, Wiring
from syntropism.strategies import names

CYCLES = 25
SCARCE = EconomicParameters(capacity=Capacity(0.3, 1024, 1000, 1), bid_expiry_cycles=2)
"""A machine so small that bids lose and wait."""


def history(database: str, seed: int, cycles: int = CYCLES) -> list[str]:
    """Every transfer and every event of a small economy, one line of JSON each."""
    behaviours = Behaviours()
    wiring = Wiring(
        database=database,
        seed=seed,
        parameters=SCARCE,
        persona="sensitive",
        behaviours=behaviours,
    )
    with Economy(Container(wiring=wiring), behaviours, genesis=True) as economy:
        for name in sorted(names()):
            economy.create_agent(name, 300, strategy=name)
        economy.run(cycles)
        with economy._store(read_only=True) as uow:
            transfers = uow.ledger.transfers_since(None, 1_000_000)
            events = uow.events.since(0, 1_000_000)
    return [json.dumps(document(one), ensure_ascii=False) for one in [*transfers, *events]]


def fingerprint(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.fixture(scope="module")
def story() -> list[str]:
    return history(MEMORY, 11)


def test_a_story_is_rich_enough_to_compare(story):
    text = "\n".join(story)
    for kind in ("reward", "spawn_endowment", "estate", "bid_returned", "message_fee"):
        assert f'"kind": "{kind}"' in text
    for kind in ("market.bid.outbid", "market.bid.expired", "population.agent.awakened"):
        assert f'"type": "{kind}"' in text


def test_another_seed_tells_another_story(story):
    assert history(MEMORY, 12) != story


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_memory_and_databases_tell_the_same_story(story, database, tmp_path, request):
    if database == "sqlite":
        url = f"sqlite:///{tmp_path / 'economy.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    kept = history(url, 11)
    for number, (left, right) in enumerate(zip(story, kept, strict=False)):
        assert left == right, f"line {number}"
    assert len(story) == len(kept)


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_the_hashes_of_python_do_not_matter(story, hash_seed):
    source = Path(syntropism.__file__).parent.parent
    paths = os.pathsep.join([str(source), str(Path(__file__).parent)])
    code = "import test_determinism as t; print(t.fingerprint(t.history(t.MEMORY, 11)))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == fingerprint(story)
