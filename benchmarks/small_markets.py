"""How near ``auto`` comes to the best within a second, on instances like the published ones.

For every class: in how many instances the gap is proven to be at most 1 % or the welfare is the
best known; in how many it is the best known, and proven best; the worst shortfall and gap. The
best known is the best of this run, of ``--patience`` seconds (0: none) and of what the file
``--known`` remembers from earlier runs. ``--only TEXT`` restricts the classes. With
``--processor-time`` the limit is on the seconds that this process computed, for machines that are
busy with something else; HiGHS keeps to the wall clock all the same.
"""

import argparse
import json
from pathlib import Path
from time import perf_counter, process_time

from harness import machine
from published_families import published

from syntropism.adapters.clearing.highs_engine import HighsEngine
from syntropism.adapters.clearing.numpy_engine import NumpyEngine
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.market.auction import clear
from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.presets import PRESETS
from syntropism.domain.market.rounds import Clearing

Row = tuple[str, Clearing, float]


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--time-limit", type=float, default=1.0)
    parser.add_argument("--patience", type=float, default=0.0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--known", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--processor-time", action="store_true")
    chosen = parser.parse_args()
    now = process_time if chosen.processor_time else perf_counter

    def cleared(instance: Instance, seconds: float) -> Clearing:
        engine = HighsEngine(NumpyEngine(ReferenceEngine()), seconds, now=now)
        return clear(instance, PRESETS["auto"], engine.solve)

    known: dict[str, int] = {}
    if chosen.known and chosen.known.exists():
        known = json.loads(chosen.known.read_text(encoding="utf-8"))
    classes: dict[str, list[Row]] = {}
    busy = process_time()
    for name, label, instance in published(chosen.seeds, chosen.only):
        if chosen.patience:
            patient = cleared(instance, chosen.patience)
            known[label] = max(known.get(label, 0), patient.welfare)
        began = now()
        found = cleared(instance, chosen.time_limit)
        seconds = now() - began
        short = known.get(label, 0) - found.welfare
        known[label] = max(known.get(label, 0), found.welfare)
        classes.setdefault(name, []).append((label, found, seconds))
        if chosen.verbose:
            print(f"{label}: {found.welfare} gap {found.gap:.3%} short {short} {seconds:.2f} s")
    if chosen.known:
        chosen.known.write_text(json.dumps(known), encoding="utf-8")
    print(machine())
    print(f"{process_time() - busy:.0f} seconds of processor time")
    print("| class | instances | ≤ 1 % or best known | best known | proven | shortfall | gap | s |")
    print("|---" * 8 + "|")
    for name, rows in classes.items():
        print(_line(name, rows, known))


def _line(name: str, rows: list[Row], known: dict[str, int]) -> str:
    short = [(known[label] - one.welfare) / max(1, known[label]) for label, one, _ in rows]
    good = sum(one.gap <= 0.01 or not lost for lost, (_, one, _) in zip(short, rows, strict=True))
    proven = sum(one.gap == 0 for _, one, _ in rows)
    gap = max(one.gap for _, one, _ in rows)
    return (
        f"| {name} | {len(rows)} | {good} | {short.count(0)} | {proven}"
        f" | {max(short):.3%} | {gap:.2%} | {max(seconds for _, _, seconds in rows):.2f} |"
    )


if __name__ == "__main__":
    main()
