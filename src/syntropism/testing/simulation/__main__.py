"""Runs simulations from the command line: many seeds, or one again."""

import argparse
import sys
from collections import Counter

from syntropism.testing.simulation.world import CYCLES, simulate


def main(arguments: list[str] | None = None) -> int:
    """Prints what was broken, by seed, and what went wrong on the way; 1 if a law was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m syntropism.testing.simulation",
        description="Simulates economies of many machines that fail, each from its seed.",
    )
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after another")
    parser.add_argument("--cycles", type=int, default=CYCLES, help="cycles with faults, each")
    options = parser.parse_args(arguments)
    if options.seeds < 1 or options.cycles < 1 or options.seed < 0:
        parser.error("--seeds and --cycles must be at least 1, --seed not negative")
    faults: Counter[str] = Counter()
    cycles = executions = broken = 0
    for seed in range(options.seed, options.seed + options.seeds):
        try:
            report = simulate(seed, options.cycles)
        except AssertionError as stuck:
            broken += 1
            print(f"seed {seed}: {stuck}")  # noqa: T201 (this is the answer)
            continue
        faults += report.faults
        cycles, executions = cycles + report.cycles, executions + report.executions
        broken += not report.ok
        for line in report.broken:
            print(f"seed {seed}: {line}")  # noqa: T201
        if options.seeds == 1:
            print(f"seed {seed}: history {report.history}")  # noqa: T201
    print(f"{options.seeds} seeds, {cycles} cycles, {executions} executions: {broken} broken")  # noqa: T201
    for fault, count in faults.most_common():
        print(f"{count:8,}  {fault}")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
