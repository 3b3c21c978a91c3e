"""The harness of every benchmark: interleave, divide, print.

A benchmark compares *ours* with a *baseline* that does the same work and the same checks. Each
side is a function without arguments that does one repetition and returns the seconds that count
(:func:`timed` makes one of a function that simply works). The sides run in turns, in one process
tree, and each pair of runs gives one ratio: trust the median ratio, not the absolutes.

A script looks like this::

    from harness import Row, compare, main, timed

    def rows(short: bool) -> Iterator[Row]:
        yield compare("adding", timed(ours), timed(baseline), target=1.5, items=1_000, short=short)

    if __name__ == "__main__":
        main(__doc__, rows)

``python benchmarks/NAME.py`` prints the machine, a table, and one line of JSON per row that
begins with ``RESULT`` (``make bench`` collects those). ``--short`` runs fewer and smaller
repetitions. A missed target is told, and does not fail: these are measurements, not tests.
"""

import argparse
import gc
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from time import perf_counter

from attrs import asdict, frozen

Side = Callable[[], float]
"""Does one repetition and returns the seconds that count."""


@frozen(slots=True, kw_only=True)
class Row:
    """One comparison. ``ratios`` holds one number per pair of runs: seconds of ours divided by
    seconds of the baseline, or, with ``speed``, the other way round. ``target`` is the most the
    median ratio should be (the least, with ``speed``); ``None`` is only told. ``items`` is how
    many things one repetition does."""

    name: str
    ratios: tuple[float, ...]
    ours_seconds: float
    baseline_seconds: float
    target: float | None
    speed: bool
    items: int
    note: str

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; ``None`` without one."""
        if self.target is None:
            return None
        return self.ratio >= self.target if self.speed else self.ratio <= self.target


def timed(work: Callable[[], object]) -> Side:
    """A side that counts all of ``work``."""

    def side() -> float:
        start = perf_counter()
        work()
        return perf_counter() - start

    return side


def compare(
    name: str,
    ours: Side,
    baseline: Side,
    *,
    target: float | None,
    items: int = 1,
    speed: bool = False,
    note: str = "",
    repetitions: int = 9,
    short: bool = False,
) -> Row:
    """Runs both sides in turns (the one that begins changes each time), after one run of each
    that is not counted; at least five repetitions, with ``short`` exactly five."""
    repetitions = 5 if short else max(5, repetitions)
    ours()
    baseline()
    pairs = []
    for repetition in range(repetitions):
        gc.collect()
        if repetition % 2:
            mine, theirs = ours(), baseline()
        else:
            theirs, mine = baseline(), ours()
        pairs.append((mine, theirs))
    return Row(
        name=name,
        ratios=tuple(theirs / mine if speed else mine / theirs for mine, theirs in pairs),
        ours_seconds=median(mine for mine, _ in pairs),
        baseline_seconds=median(theirs for _, theirs in pairs),
        target=target,
        speed=speed,
        items=items,
        note=note,
    )


def machine() -> str:
    """One line about where this was measured."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line for line in information.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    return (
        f"{model}, {os.cpu_count()} cores, load {load}, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def table(rows: Iterable[Row]) -> str:
    """The rows for a human."""
    heading = ("", "ours /s", "baseline /s", "ratio", "spread", "target", "")
    lines = [heading]
    for row in rows:
        sign = "≥" if row.speed else "≤"
        lines.append(
            (
                row.name,
                f"{row.items / row.ours_seconds:,.0f}",
                f"{row.items / row.baseline_seconds:,.0f}",
                f"{row.ratio:.2f}×",
                f"{min(row.ratios):.2f}–{max(row.ratios):.2f}",
                "" if row.target is None else f"{sign} {row.target:g}×",
                {None: "", True: "met", False: "MISSED"}[row.met]
                + (f"  ({row.note})" if row.note else ""),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = []
    for first, *numbers, last in lines:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False)]
        told.append("  ".join([*cells, last]).rstrip())
    return "\n".join(told)


def main(description: str | None, rows: Callable[[bool], Iterable[Row]]) -> None:
    """Parses the arguments, measures, and prints."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="fewer and smaller repetitions")
    short = parser.parse_args().short
    where = machine()
    print(where, flush=True)
    measured = []
    for row in rows(short):
        print(f"  {row.name}: {row.ratio:.2f}×", file=sys.stderr, flush=True)
        measured.append(row)
    print(table(measured))
    for row in measured:
        told = asdict(row) | {
            "benchmark": Path(sys.argv[0]).stem,
            "ratio": round(row.ratio, 4),
            "met": row.met,
            "short": short,
            "machine": where,
        }
        print("RESULT", json.dumps(told, ensure_ascii=False))
