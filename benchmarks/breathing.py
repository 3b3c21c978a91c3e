"""Does the economy breathe? (MARKET.md, property 11.)

Runs 30 seeds x 300 cycles in process for a flat, a content-sensitive and a slow persona over the
mix of built-in strategies, for genesis alone, for initial prices x20, and for a silent human
without waiting (which must die out), and prints the table. ``--short`` runs 3 seeds each.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from statistics import fmean, pstdev
from typing import Any

from attrs import evolve, frozen

from syntropism import Capacity, EconomicParameters, Economy
from syntropism.strategies import names
from syntropism.testing.breathing import Breath

CYCLES = 300
MIX = tuple(name for name in names() if name != "genesis")


@frozen
class Scenario:
    """One row of the table. ``must_breathe`` of 30 seeds; a silent one must die out."""

    name: str
    human: str
    mix: bool = True
    price_factor: int = 2
    waiting: int = 3
    silent: bool = False


SCENARIOS = (
    Scenario("flat persona, mix", "flat"),
    Scenario("content-sensitive persona, mix", "sensitive"),
    Scenario("slow persona, mix", "slow"),
    Scenario("sensitive persona, genesis alone", "sensitive", mix=False),
    Scenario("initial prices x20, mix", "sensitive", price_factor=40),
    Scenario("silent human, no waiting", "silent", waiting=0, silent=True),
)


def live(scenario: Scenario, seed: int) -> dict[str, Any]:
    """One run: what the table needs of it."""
    parameters = evolve(
        EconomicParameters(),
        capacity=Capacity(2, 4096, 1000, 1),
        initial_price_factor=scenario.price_factor,
        wait_for_human_cycles=scenario.waiting,
    )
    economy = Economy.in_memory(
        seed, parameters=parameters, human=scenario.human, genesis=not scenario.mix
    )
    if scenario.mix:
        for name in MIX:
            economy.create_agent(name, credits=500, strategy=name)
    alive, circulation, attention, wins = [], [], [], []
    for _ in range(CYCLES):
        cycle, status = economy.step(), economy.status
        alive.append(status.alive + status.dormant)
        circulation.append(float(status.circulation))
        attention.append(cycle.prices["attention_slots"])
        wins.append(cycle.wins)
    status, agents = economy.status, economy.agents()
    scored = {one["agent_id"] for one in economy.rewards()}
    unscored_old = sum(
        agent.id not in scored and agent.status != "dead" and agent.born_cycle < CYCLES - 150
        for agent in agents
    )
    breath = Breath(
        alive=alive,
        circulation=circulation,
        births=len(agents),
        deaths=status.dead,
    )
    audit = economy.audit()
    return {
        "seed": seed,
        "verdict": breath.verdict,
        "least": breath.least,
        "peak": breath.peak,
        "end": alive[-1],
        "inflation": breath.inflation,
        "births": breath.births,
        "deaths": breath.deaths,
        "windows": fmean(wins[-100:]),
        "price_mean": fmean(attention[-100:]),
        "price_spread": pstdev(attention[-100:]) / fmean(attention[-100:]),
        "price_moved": max(attention) / min(attention),
        "unscored_old": unscored_old,
        "extinct_at": next((n for n, one in enumerate(alive, 1) if not one), None),
        "strategies": len({one.strategy for one in agents if one.status != "dead"}),
        "audit": audit.ok,
    }


def row(scenario: Scenario, runs: list[dict[str, Any]]) -> str:
    """One line of the table."""

    def mean(key: str) -> float:
        return fmean(run[key] for run in runs)

    wanted = "extinct" if scenario.silent else "breathes"
    good = sum(run["verdict"] == wanted for run in runs)
    late = [run["extinct_at"] for run in runs if run["extinct_at"]]
    note = f"extinct by cycle {max(late)}" if scenario.silent and late else ""
    return (
        f"{scenario.name:34} {good:>3}/{len(runs):<3} {wanted:9}"
        f" {min(run['least'] for run in runs):>6} {max(run['peak'] for run in runs):>5}"
        f" {mean('births'):>7.0f} {mean('deaths'):>7.0f} {mean('inflation'):>9.2f}"
        f" {mean('windows'):>8.1f} {mean('price_mean'):>9.1f} {mean('price_spread'):>7.2f}"
        f" {mean('price_moved'):>7.1f} {sum(run['unscored_old'] for run in runs):>9}"
        f" {mean('strategies'):>6.1f} {'ok' if all(run['audit'] for run in runs) else 'BROKEN':>6}"
        f"  {note}"
    )


def main() -> None:
    """Prints the table, and one JSON line with the verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seeds", type=int, default=None)
    arguments = parser.parse_args()
    seeds = arguments.seeds or (3 if arguments.short else 30)
    print(
        f"{'scenario':34} {'good':>7} {'wanted':9} {'least':>6} {'peak':>5} {'births':>7}"
        f" {'deaths':>7} {'inflation':>9} {'windows':>8} {'attention':>9} {'spread':>7}"
        f" {'moved x':>7} {'unscored':>9} {'strat.':>6} {'audit':>6}"
    )
    verdicts = {}
    with ProcessPoolExecutor(2) as pool:
        for scenario in SCENARIOS:
            runs = list(pool.map(live, [scenario] * seeds, range(seeds)))
            print(row(scenario, runs), flush=True)
            verdicts[scenario.name] = [run["verdict"] for run in runs]
    print(json.dumps({"benchmark": "breathing", "seeds": seeds, "verdicts": verdicts}))


if __name__ == "__main__":
    main()
