"""Tidy tables of a whole economy, derived from its records; nothing is kept for them alone."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.report import streams
from syntropism.application.queries.report.books import Books, cycle_ends
from syntropism.application.queries.report.history import History
from syntropism.application.queries.report.rows import (
    AgentRow,
    BalanceRow,
    CycleRow,
    ExecutionRow,
    PopulationRow,
    PromptRow,
    ResourceRow,
    TransferRow,
    mean_score,
)
from syntropism.application.queries.report.table import Table
from syntropism.application.queries.report.timeline import timeline
from syntropism.application.views.market import priced
from syntropism.domain.attention.prompts import Prompt
from syntropism.domain.credits import Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.execution.executions import Execution
from syntropism.domain.population.agents import Agent


@frozen
class Tables:
    """One table per subject. ``minimum_prices`` are credits per unit·second, by resource."""

    agents: Table[AgentRow]
    cycles: Table[CycleRow]
    resources: Table[ResourceRow]
    population: Table[PopulationRow]
    balances: Table[BalanceRow]
    prompts: Table[PromptRow]
    executions: Table[ExecutionRow]
    transfers: Table[TransferRow]
    minimum_prices: Mapping[str, float]

    def over_cycles(self, resource: str, measure: str) -> list[float]:
        """``price``, ``utilization`` or ``demand`` of a resource in each closed cycle; not a
        number where the economy did not have it."""
        found = {row.cycle: row[measure] for row in self.resources if row.resource == resource}
        return [found.get(number, math.nan) for number in self.cycles.column("cycle")]

    def by_name(self) -> dict[str, Table[Any]]:
        """The tables by what they are called."""
        return {
            "agents": self.agents,
            "cycles": self.cycles,
            "resources": self.resources,
            "population": self.population,
            "balances": self.balances,
            "prompts": self.prompts,
            "executions": self.executions,
            "transfers": self.transfers,
        }


def tables(uow: UnitOfWork, parameters: EconomicParameters) -> Tables:
    """Everything that happened, from one consistent state of the store.

    The history of each cycle is replayed from transfers and events, which are read in pages;
    the tables themselves are in memory, a few hundred bytes per row.
    """
    everyone = uow.agents.everyone()
    cycles = streams.closed_cycles(uow)
    times = timeline(cycles, streams.events(uow))
    moves = [(times.cycle_of(move.id), move) for move in streams.transfers(uow)]
    prompts, executions = streams.prompts(uow), streams.executions(uow)
    books = Books()
    history = History(everyone, times.numbers[0] if times.numbers else 0)
    for end, cycle, asleep in zip(
        cycle_ends(books, moves, times.numbers), cycles, times.dormant, strict=True
    ):
        history.add(end, cycle, asleep)
    names = {agent.id: agent for agent in everyone}
    return Tables(
        agents=Table(AgentRow, _agents(everyone, books, prompts, executions)),
        cycles=Table(CycleRow, history.cycles),
        resources=Table(ResourceRow, history.resources),
        population=Table(PopulationRow, history.population),
        balances=Table(BalanceRow, history.balances),
        prompts=Table(PromptRow, (PromptRow.of(one, names[one.agent_id]) for one in prompts)),
        executions=Table(
            ExecutionRow, (ExecutionRow.of(one, names[one.agent_id]) for one in executions)
        ),
        transfers=Table(TransferRow, (TransferRow.of(number, move) for number, move in moves)),
        minimum_prices=priced(parameters.least_prices, parameters.resources),
    )


def _agents(
    everyone: Sequence[Agent],
    books: Books,
    prompts: Sequence[Prompt],
    executions: Sequence[Execution],
) -> Iterable[AgentRow]:
    windows = Counter(one.agent_id for one in executions)
    shown = Counter(one.agent_id for one in prompts)
    children = Counter(agent.parent_id for agent in everyone)
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for prompt in prompts:
        mean = mean_score(prompt)
        if mean is not None:
            scores[prompt.agent_id].append(mean)
    for agent in everyone:
        purse, own = books.purses[agent.id], scores[agent.id]
        yield AgentRow(
            id=agent.id,
            name=agent.name,
            strategy=agent.strategy,
            parent_id=agent.parent_id,
            generation=agent.generation,
            born_cycle=agent.born_cycle,
            died_cycle=agent.died_cycle,
            cause_of_death=agent.cause_of_death.value if agent.cause_of_death else None,
            status=agent.status.value,
            balance=Credits(purse.balance),
            held=Credits(purse.held),
            endowment=Credits(purse.endowment),
            earned=Credits(purse.earned),
            spent=Credits(purse.spent),
            estate=Credits(purse.estate),
            rewards=Credits(purse.rewards),
            windows=windows[agent.id],
            prompts=shown[agent.id],
            scored=len(own),
            mean_score=sum(own) / len(own) if own else None,
            children=children[agent.id],
        )
