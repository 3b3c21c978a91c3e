"""How much of the possible welfare each strategy reaches.

Three families of instances (four resources, demand four times supply) and several sizes. A figure
is welfare divided by the best certified bound that any strategy's run found, so 1 is proven best;
beside it seconds. ``--short`` leaves out 100,000 bids.
"""

import argparse
from time import perf_counter

from harness import machine

from syntropism import clear
from syntropism.entrypoints.container import generate_instance

FAMILIES = ("uncorrelated", "correlated", "skewed")
SIZES = (30, 300, 1_000, 10_000, 100_000)
STRATEGIES = ("amount", "posted_density", "dual_greedy", "exact", "auto")
EXACT_MAX = 10_000


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    sizes = SIZES[:-1] if parser.parse_args().short else SIZES
    print(machine())
    print(f"| family | n | {' | '.join(STRATEGIES)} |")
    print("|---" * (2 + len(STRATEGIES)) + "|")
    for family in FAMILIES:
        for size in sizes:
            instance = generate_instance(family, size, 4, 1).instance
            reached: dict[str, tuple[int, float]] = {}
            bounds = []
            for name in STRATEGIES:
                if name == "exact" and size > EXACT_MAX:
                    continue
                began = perf_counter()
                cleared = clear(instance, name)
                reached[name] = cleared.welfare, perf_counter() - began
                bounds.append(cleared.upper_bound)
            cells = [
                f"{reached[name][0] / min(bounds):.4f} ({reached[name][1]:.2f} s)"
                if name in reached
                else "–"
                for name in STRATEGIES
            ]
            print(f"| {family} | {size:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
