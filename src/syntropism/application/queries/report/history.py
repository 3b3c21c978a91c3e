"""The tables that have rows for every cycle."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from syntropism.application.queries.report.books import CycleEnd, gini
from syntropism.application.queries.report.rows import (
    BalanceRow,
    CycleRow,
    PopulationRow,
    ResourceRow,
)
from syntropism.application.views.market import CycleView
from syntropism.domain.credits import Credits
from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.resources import RESOURCES
from syntropism.domain.population.agents import Agent


class History:
    """The tables that grow by every cycle; the first of them is number ``first``."""

    def __init__(self, everyone: Sequence[Agent], first: int) -> None:
        self.cycles: list[CycleRow] = []
        self.resources: list[ResourceRow] = []
        self.population: list[PopulationRow] = []
        self.balances: list[BalanceRow] = []
        self._strategies = sorted({agent.strategy for agent in everyone})
        self._births: defaultdict[int, list[Agent]] = defaultdict(list)
        self._deaths: defaultdict[int, list[Agent]] = defaultdict(list)
        for agent in everyone:
            self._births[agent.born_cycle].append(agent)
            if agent.died_cycle is not None:
                self._deaths[agent.died_cycle].append(agent)
        self._here: dict[str, Agent] = {
            agent.id: agent
            for agent in everyone
            if agent.born_cycle < first and (agent.died_cycle is None or agent.died_cycle >= first)
        }

    def add(self, end: CycleEnd, cycle: Cycle, asleep: frozenset[str]) -> None:
        """The rows of one more cycle."""
        births, deaths = self._births[cycle.number], self._deaths[cycle.number]
        self._here |= {agent.id: agent for agent in births}
        for agent in deaths:
            del self._here[agent.id]
        dormant = asleep & self._here.keys()
        self._count(cycle.number, dormant)
        wealth = []
        for agent in self._here.values():
            balance, held = end.purses.get(agent.id, (0, 0))
            wealth.append(balance + held)
            self.balances.append(
                BalanceRow(
                    cycle=cycle.number,
                    agent_id=agent.id,
                    strategy=agent.strategy,
                    balance=Credits(balance),
                    held=Credits(held),
                )
            )
        view = CycleView.of(cycle)
        self.resources += [
            ResourceRow(
                cycle=cycle.number,
                resource=name,
                price=price,
                utilization=view.utilization[name],
                demand=view.demand[name],
            )
            for name, price in view.prices.items()
        ]
        self.cycles.append(
            CycleRow(
                cycle=cycle.number,
                opened_at=cycle.opened_at,
                closed_at=cycle.closed_at,
                alive=len(self._here) - len(dormant),
                dormant=len(dormant),
                births=len(births),
                deaths=len(deaths),
                bids=view.bids,
                wins=view.wins,
                volume=view.volume,
                welfare=view.welfare,
                upper_bound=view.upper_bound,
                gap=_gap(view),
                circulation=Credits(end.minted - end.burned),
                minted=Credits(end.minted),
                burned=Credits(end.burned),
                gini=gini(wealth),
                **_of_resources(view),
            )
        )

    def _count(self, number: int, dormant: Iterable[str]) -> None:
        everybody = Counter(agent.strategy for agent in self._here.values())
        sleeping = Counter(self._here[agent_id].strategy for agent_id in dormant)
        for strategy in self._strategies:
            asleep = sleeping[strategy]
            self.population.append(
                PopulationRow(
                    cycle=number,
                    strategy=strategy,
                    alive=everybody[strategy] - asleep,
                    dormant=asleep,
                )
            )


def _gap(view: CycleView) -> float | None:
    bound = view.upper_bound.micro
    return (bound - view.welfare.micro) / bound if bound else None


def _of_resources(view: CycleView) -> dict[str, Any]:
    return {
        f"{measure}_{name}": values[name]
        for measure, values in (
            ("price", view.prices),
            ("utilization", view.utilization),
            ("demand", view.demand),
        )
        for name in RESOURCES
    }
