"""600 cycles of a repeated market under the default price rule, with a plot.

Three hundred bidders come back every cycle with the same bundles and values; from cycle 300 on
there are twice as many. Told: how far mean demand of the 200 cycles before the shock and of the
last 200 is from the target, and how many cycles after the shock demand is within 10 % of it.
"""

import argparse
from pathlib import Path
from random import Random

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.costs import posted_cost
from syntropism.domain.market.demand import demand
from syntropism.domain.market.pricing import MarketObservation, exponential
from syntropism.domain.market.resources import NOTHING, Bundle

PARAMETERS = EconomicParameters()
CYCLES, SHOCK, BIDDERS = 600, 300, 300
SCARCE = {"CPU": 0, "memory": 1}
OUT = Path(__file__).parent.parent / "out"


def population(seed: int) -> list[tuple[Bundle, int]]:
    """Bundles, and values around six times their cost at minimum prices."""
    random = Random(seed)
    bidders = []
    for _ in range(BIDDERS):
        bundle = Bundle(round(random.uniform(0.2, 4), 3), random.randint(32, 400), 10)
        least = posted_cost(bundle, PARAMETERS.min_prices, PARAMETERS)
        bidders.append((bundle, int(least * 6 * random.lognormvariate(0, 0.7))))
    return bidders


def simulate() -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """Prices (multiples of the minimum) and demand (shares of the target) of each cycle."""
    once, again = population(1), population(2)
    wanted = [sum(bundle.rates[r] for bundle, _ in once) for r in range(4)]
    capacity = (wanted[0] // 4, wanted[1] // 3, 1_000_000, 1_000)
    prices = PARAMETERS.initial_prices
    price_history, demand_history = [], []
    for cycle in range(CYCLES):
        bidders = once if cycle < SHOCK else once + again
        bids = [
            Candidate(str(i), amount, 0, posted_cost(bundle, prices, PARAMETERS), bundle.rates)
            for i, (bundle, amount) in enumerate(bidders)
        ]
        wanted_now = demand([(bid, None) for bid in bids], capacity, NOTHING)
        targets = [
            t * c / 1_000 for t, c in zip(PARAMETERS.targets_permille, capacity, strict=True)
        ]
        price_history.append(
            tuple(p / low for p, low in zip(prices, PARAMETERS.min_prices, strict=True))
        )
        demand_history.append(tuple(d / t for d, t in zip(wanted_now, targets, strict=True)))
        prices = exponential(
            MarketObservation(
                prices=prices,
                demand=wanted_now,
                occupied=NOTHING,
                capacity=capacity,
                targets_permille=PARAMETERS.targets_permille,
                min_prices=PARAMETERS.min_prices,
                max_prices=PARAMETERS.max_prices,
                step_permille=PARAMETERS.price_step_permille,
            )
        )
    return price_history, demand_history


def plot(prices: list[tuple[float, ...]], wanted: list[tuple[float, ...]], path: Path) -> None:
    """Prices above, demand below."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(9, 5.5))
    for (name, r), colour in zip(SCARCE.items(), ("#0072b2", "#009e73"), strict=True):
        above.plot([one[r] for one in prices], color=colour, linewidth=1.6)
        below.plot([one[r] for one in wanted], color=colour, linewidth=0.9)
        above.annotate(
            name,
            (len(prices), prices[-1][r]),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )
    above.set_ylabel("price ÷ minimum price")
    above.set_ylim(bottom=0)
    below.set_ylabel("demand ÷ target")
    below.axhspan(0.9, 1.1, color="#dfdcd5", alpha=0.6, linewidth=0)
    below.annotate(
        "±10 %", (len(wanted) + 4, 1), color="#6d737b", va="center", annotation_clip=False
    )
    below.set_ylim(0.5, 2.2)
    below.set_xlabel("cycle")
    below.set_xlim(0, len(prices))
    for axes in (above, below):
        axes.axvspan(SHOCK, SHOCK + 30, color="#e69f00", alpha=0.15, linewidth=0)
        axes.spines[["top", "right"]].set_visible(False)
    below.annotate("30 cycles", (SHOCK + 34, 2.05), color="#6d737b", size=8)
    above.set_title(f"Twice as many bidders from cycle {SHOCK} on", loc="left", size=11)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, metadata={"Software": None})


def main() -> None:
    """Simulates, tells, and plots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=OUT / "price_dynamics.png")
    path = parser.parse_args().output
    prices, wanted = simulate()
    for name, r in SCARCE.items():
        column = [one[r] for one in wanted]
        before = sum(column[SHOCK - 200 : SHOCK]) / 200
        after = sum(column[-200:]) / 200
        absorbed = next(
            k for k in range(SHOCK) if all(abs(d - 1) <= 0.1 for d in column[SHOCK + k :][:10])
        )
        print(
            f"{name}: mean demand / target {before:.3f} before, {after:.3f} after; the shock is "
            f"absorbed within {absorbed} cycles; price {prices[SHOCK - 1][r]:.2f} to "
            f"{prices[-1][r]:.2f} times the minimum"
        )
    plot(prices, wanted, path)
    print(path)


if __name__ == "__main__":
    main()
