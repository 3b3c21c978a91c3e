"""Runs every benchmark in its short form, one after another, and writes one table.

Each script runs in a process of its own. Lines that begin with ``RESULT`` (see ``harness.py``)
become rows of ``out/benchmarks.md``; what a script prints beside them is shown as it comes. A
script that fails is told, and makes the exit status 1; a missed target does not.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "benchmarks.md"
NOT_BENCHMARKS = {
    "audit_history.py",
    "cats_families.py",
    "harness.py",
    "ledger_cases.py",
    "published_families.py",
    Path(__file__).name,
}
HEADING = ("benchmark", "row", "ours /s", "baseline /s", "ratio", "spread", "target", "")


def run(script: Path, short: bool) -> tuple[int, list[dict[str, Any]]]:
    """One script to its end: its exit status and its results."""
    takes_short = short and "--short" in script.read_text("utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), *(["--short"] if takes_short else [])],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parent,
    )
    assert process.stdout is not None
    results = []
    for line in process.stdout:
        if line.startswith("RESULT "):
            results.append(json.loads(line.removeprefix("RESULT ")))
        else:
            print(f"  {line}", end="", flush=True)
    return process.wait(), results


def cells(result: dict[str, Any]) -> tuple[str, ...]:
    """One row of the table."""
    target = result["target"]
    sign = "≥" if result["speed"] else "≤"
    verdict = {None: "", True: "met", False: "**missed**"}[result["met"]]
    return (
        result["benchmark"],
        result["name"],
        f"{result['items'] / result['ours_seconds']:,.0f}",
        f"{result['items'] / result['baseline_seconds']:,.0f}",
        f"{result['ratio']:.2f}×",
        f"{min(result['ratios']):.2f}–{max(result['ratios']):.2f}",
        "" if target is None else f"{sign} {target:g}×",
        " ".join(filter(None, (verdict, result["note"]))),
    )


def markdown(results: list[dict[str, Any]]) -> str:
    """All rows, and where they were measured."""
    rows = [HEADING, tuple("---" for _ in HEADING), *map(cells, results)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    machines = sorted({result["machine"] for result in results})
    return "\n\n".join(["# Benchmarks", *machines, table]) + "\n"


def main() -> None:
    """Runs them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="not the short form: takes an hour")
    parser.add_argument("only", nargs="*", help="names of scripts; all if none is given")
    given = parser.parse_args()
    scripts = [one for one in sorted(HERE.glob("*.py")) if one.name not in NOT_BENCHMARKS]
    if given.only:
        scripts = [one for one in scripts if one.stem in given.only]
    results: list[dict[str, Any]] = []
    failed = []
    for script in scripts:
        print(f"{script.stem}:", flush=True)
        start = perf_counter()
        status, found = run(script, short=not given.long)
        results += found
        print(f"  {perf_counter() - start:.0f} s\n", flush=True)
        if status:
            failed.append(script.stem)
    if results:
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(markdown(results), "utf-8")
        print(f"{OUT.read_text('utf-8')}\nwrote {OUT}")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
