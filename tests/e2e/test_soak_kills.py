"""An economy that is killed again and again: it resumes each time, and its books stay right."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = 25
ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(ROOT / "src"),
    "SYNTROPISM_API_PORT": "0",
    "SYNTROPISM_CYCLE_SECONDS": "1",
}
COMMAND = [sys.executable, "-c", "from syntropism.entrypoints.cli.main import main; main()"]


def syntropism(folder: Path, *arguments: str) -> str:
    """One command to its end; what it said."""
    answer = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1_200,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.soak
def test_twenty_five_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    run = ("run", "--cycles", "20", "--human", "none", "--no-report")
    moments = random.Random(25)
    syntropism(tmp_path, "init", "town")
    town = tmp_path / "town"
    killed = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [*COMMAND, *run],
            cwd=town,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            process.wait(moments.uniform(0.2, 4))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        else:
            assert process.stderr is not None
            assert process.returncode == 0, process.stderr.read().decode()
        if process.stderr is not None:
            process.stderr.close()
        if (town / "economy.db").exists():
            assert "audit: ok" in syntropism(town, "audit")
    assert killed > KILLS // 2, "hardly a run lived long enough to be killed"
    syntropism(town, *run)
    assert "audit: ok" in syntropism(town, "audit")
    workspaces = {path.name for path in (town / "workspaces").iterdir()}
    assert not {name for name in workspaces if name.endswith(".part")}
