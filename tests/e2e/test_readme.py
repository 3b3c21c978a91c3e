"""The examples in the pages for users run as they are printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "example.py").write_text(code, "utf-8")
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-W", "error", "example.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def examples(page: str) -> list[str]:
    return FENCE.findall((ROOT / page).read_text("utf-8"))


def test_the_example_of_the_readme_runs_as_printed(tmp_path: Path) -> None:
    (example,) = examples("README.md")
    answer = run(example, tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""


def test_the_agent_of_the_readme_lives_until_its_credits_are_spent(tmp_path: Path) -> None:
    (example,) = examples("README.md")
    answer = run(f"{example}\nprint(len(report.executions), ada.status)", tmp_path)
    assert answer.returncode == 0, answer.stderr
    windows, status = answer.stdout.split()
    assert int(windows) > 20
    assert status == "dead"


@pytest.mark.parametrize("page", ["docs/guides/as-a-library.md", "docs/guides/property-testing.md"])
def test_the_examples_of_a_guide_run_one_after_another(page: str, tmp_path: Path) -> None:
    blocks = examples(page)
    assert blocks
    answer = run("\n".join(blocks), tmp_path)
    assert answer.returncode == 0, answer.stderr


def test_the_pages_are_up_to_date_and_their_links_lead_somewhere() -> None:
    answer = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
