"""What to say about an economy in one screen."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from attrs import frozen

from syntropism.application.queries.report.rows import AgentRow, PromptRow
from syntropism.application.queries.report.tables import Tables
from syntropism.domain.credits import Credits
from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN
from syntropism.domain.population.agents import AgentStatus


@frozen
class StrategyLine:
    """How one strategy fared; ``earned`` is by all of its agents together."""

    strategy: str
    living: int
    ever: int
    earned: Credits
    mean_score: float | None


@frozen
class PriceLine:
    """The posted price of one resource in the first and the last cycle that had it, in credits per
    unit·second, beside the least it may be."""

    resource: str
    first: float
    last: float
    minimum: float


@frozen
class Lineage:
    """A founder with everybody who descends from it; ``generations`` counts the founder's."""

    founder: str
    strategy: str
    generations: int
    agents: int
    living: int


@frozen(kw_only=True)
class Summary:
    """An economy in one screen. ``founders`` had no parent, ``births`` had one; ``outcomes``
    are final executions by kind, most frequent first; the lineages are longest first."""

    cycles: int
    founders: int
    births: int
    deaths: int
    living: int
    dormant: int
    strategies: tuple[StrategyLine, ...]
    causes_of_death: tuple[tuple[str, int], ...]
    minted: Credits
    minted_by_humans: Credits
    burned: Credits
    circulation: Credits
    gini: float | None
    prices: tuple[PriceLine, ...]
    prompts: int
    scored: int
    mean_score: float | None
    best_prompt: PromptRow | None
    lineages: tuple[Lineage, ...]
    outcomes: tuple[tuple[str, int], ...]


def summary(tables: Tables) -> Summary:
    """What to say about ``tables``."""
    agents, cycles = tables.agents, tables.cycles
    minted: dict[str, int] = {MINT_HUMAN: 0, MINT_GENESIS: 0}
    burned = 0
    for move in tables.transfers:
        if move.debit in minted:
            minted[move.debit] += move.amount.micro
        burned += (move.credit == BURN) * move.amount.micro
        burned -= (move.debit == BURN) * move.amount.micro
    scored = [row for row in tables.prompts if row.mean_score is not None]
    living = [row for row in agents if row.died_cycle is None]
    total = sum(minted.values())
    return Summary(
        cycles=len(cycles),
        founders=sum(row.parent_id is None for row in agents),
        births=sum(row.parent_id is not None for row in agents),
        deaths=len(agents) - len(living),
        living=len(living),
        dormant=sum(row.status == AgentStatus.DORMANT for row in living),
        strategies=_strategies(agents),
        causes_of_death=_counted(row.cause_of_death for row in agents),
        minted=Credits(total),
        minted_by_humans=Credits(minted[MINT_HUMAN]),
        burned=Credits(burned),
        circulation=Credits(total - burned),
        gini=cycles[-1].gini if cycles else None,
        prices=_prices(tables) if cycles else (),
        prompts=len(tables.prompts),
        scored=len(scored),
        mean_score=_mean(row.mean_score for row in scored),
        best_prompt=best_prompts(tables, 1)[0] if scored else None,
        lineages=_lineages(agents),
        outcomes=_counted(row.status for row in tables.executions if row.ended_at is not None),
    )


def best_prompts(tables: Tables, count: int) -> list[PromptRow]:
    """The prompts with the highest scores, best first (of equals, the earlier), each text once."""
    best: dict[str, PromptRow] = {}
    for row in sorted(
        (row for row in tables.prompts if row.mean_score is not None),
        key=lambda row: (-(row.mean_score or 0), row.id),
    ):
        best.setdefault(row.content, row)
        if len(best) == count:
            break
    return list(best.values())


def _strategies(agents: Iterable[AgentRow]) -> tuple[StrategyLine, ...]:
    families: defaultdict[str, list[AgentRow]] = defaultdict(list)
    for row in agents:
        families[row.strategy].append(row)
    lines = [
        StrategyLine(
            strategy,
            sum(row.died_cycle is None for row in rows),
            len(rows),
            Credits(sum(row.earned.micro for row in rows)),
            _mean(
                score
                for row in rows
                if row.mean_score is not None
                for score in [row.mean_score] * row.scored
            ),
        )
        for strategy, rows in families.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.living, -line.ever, line.strategy)))


def _prices(tables: Tables) -> tuple[PriceLine, ...]:
    lines = []
    for name, minimum in tables.minimum_prices.items():
        prices = [row.price for row in tables.resources if row.resource == name]
        if prices:
            lines.append(PriceLine(name, prices[0], prices[-1], minimum))
    return tuple(lines)


def _lineages(agents: Iterable[AgentRow]) -> tuple[Lineage, ...]:
    """Agents come oldest first, so that parents are met before their children (law 12)."""
    founder: dict[str, AgentRow] = {}
    members: defaultdict[str, list[AgentRow]] = defaultdict(list)
    for row in agents:
        founder[row.id] = founder[row.parent_id] if row.parent_id else row
        members[founder[row.id].id].append(row)
    found = [
        Lineage(
            rows[0].name,
            rows[0].strategy,
            max(row.generation for row in rows) - rows[0].generation + 1,
            len(rows),
            sum(row.died_cycle is None for row in rows),
        )
        for rows in members.values()
    ]
    return tuple(sorted(found, key=lambda one: (-one.generations, -one.agents, one.founder)))


def _counted(values: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    counted = Counter(value for value in values if value is not None)
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _mean(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return sum(found) / len(found) if found else None
