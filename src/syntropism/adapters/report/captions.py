"""What one sees in each chart, in words, with the numbers of this economy."""

from collections import Counter

from syntropism.adapters.report.families import families
from syntropism.adapters.report.palette import label, resource_name
from syntropism.application.queries.report import Summary, Tables
from syntropism.domain.credits import Credits


def captions(tables: Tables, summary: Summary) -> dict[str, str]:
    """A caption per chart, as plain text. There must be at least one cycle."""
    return {
        "population": _population(tables, summary),
        "vital": _vital(summary),
        "wealth": _wealth(tables),
        "prices": _prices(summary),
        "utilization": _utilization(tables),
        "circulation": _circulation(summary),
        "lineage": _lineage(tables, summary),
    }


def amount(credits: Credits) -> str:
    """Credits as people read them: whole above a hundred, with two places below."""
    value = float(credits)
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 birth``, ``1,234 births``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _population(tables: Tables, summary: Summary) -> str:
    peak = max(tables.cycles, key=lambda row: row.alive + row.dormant)
    text = (
        f"Agents that were not dead at the end of each cycle, by strategy. There were at most "
        f"{peak.alive + peak.dormant:,} (cycle {peak.cycle:,}); "
    )
    living = [line for line in summary.strategies if line.living]
    if not living:
        return text + "in the end nobody was left."
    first = living[0]
    if len(living) == 1:
        return (
            text + f"in the end {first.living:,}, all of one strategy, “{label(first.strategy)}”."
        )
    return text + (
        f"in the end {summary.living:,} of {count(len(living), 'strategy', 'strategies')}, "
        f"most of them “{label(first.strategy)}” ({first.living:,})."
    )


def _vital(summary: Summary) -> str:
    causes = {"broke": "could not pay", "dormancy": "slept too long", "killed": "were killed"}
    parts = [f"{number:,} {causes.get(name, name)}" for name, number in summary.causes_of_death]
    died = f" Of the dead, {_listed(parts)}." if parts else ""
    return (
        f"Births (above the line) and deaths (below it) in each cycle: "
        f"{count(summary.births, 'birth')}, {count(summary.deaths, 'death')}.{died}"
    )


def _wealth(tables: Tables) -> str:
    text = (
        "Credits that agents hold, free or set aside for bids and prompts, by strategy; below, the "
        "Gini coefficient over all agents that are not dead (0: all hold the same; 1: one holds "
        "everything)."
    )
    known = [row for row in tables.cycles if row.gini is not None]
    if not known:
        return text
    return f"{text} It began at {known[0].gini:.2f} and stands at {known[-1].gini:.2f}."


def _prices(summary: Summary) -> str:
    moved = [
        f"{resource_name(line.resource)} {line.first / line.minimum:.1f}× → "
        f"{line.last / line.minimum:.1f}×"
        for line in summary.prices
        if line.minimum
    ]
    return (
        "The posted price of each resource as a multiple of the least it may cost, on a "
        f"logarithmic scale: scarcity shows as a climb. From the first cycle to the last: "
        f"{_listed(moved)}."
    )


def _utilization(tables: Tables) -> str:
    means = [
        f"{resource_name(name)} {sum(values) / len(values):.0%}"
        for name in tables.minimum_prices
        if (values := [row.utilization for row in tables.resources if row.resource == name])
    ]
    return (
        "The share of each resource that was in use, cycle by cycle (area) and as a moving mean "
        f"(line). On average: {_listed(means)}."
    )


def _circulation(summary: Summary) -> str:
    return (
        "Above, all credits that exist: those of agents, of holds and of the treasury. Below, what "
        "was minted (up) and burned (down) in each cycle. In all, "
        f"{amount(summary.minted)} were minted, {amount(summary.minted_by_humans)} of them by "
        f"human scores, and {amount(summary.burned)} burned; "
        f"{amount(summary.circulation)} are left."
    )


def _lineage(tables: Tables, summary: Summary) -> str:
    drawn = sum(len(family.members) for family in families(tables))
    hidden = len(tables.agents) - drawn
    text = "Every line is a life, from birth to death; a thin upright joins a child to its parent."
    if summary.lineages:
        longest = summary.lineages[0]
        text += (
            f" The longest lineage, that of “{longest.founder}”, counts "
            f"{count(longest.generations, 'generation')} and {count(longest.agents, 'agent')}."
        )
    grown = Counter(row.strategy for row in tables.agents if row.children)
    if grown:
        name, parents = grown.most_common(1)[0]
        text += f" Most of those who had children are of “{label(name)}” ({parents:,})."
    return text + (f" {count(hidden, 'agent')} of smaller families not drawn." if hidden else "")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
