"""Tables made by hand: any number of cycles, and agents that write what they should not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from syntropism.application.queries.report import Table, Tables
from syntropism.application.queries.report.rows import (
    AgentRow,
    BalanceRow,
    CycleRow,
    ExecutionRow,
    PopulationRow,
    PromptRow,
    ResourceRow,
    TransferRow,
)
from syntropism.domain.credits import MICRO, Credits
from syntropism.domain.market.resources import RESOURCES

START = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://x")\x1b[31m<script>alert(1)</script>\u202e, "quoted"\r\nnext'


def credits(amount: float) -> Credits:
    return Credits(round(amount * MICRO))


def _agent(number: int, strategy: str, cycles: int) -> AgentRow:
    dies = number % 3 == 2
    return AgentRow(
        id=f"agent-{number:05d}",
        name=f"a{number}",
        strategy=strategy,
        parent_id=f"agent-{number // 2:05d}" if number > 3 else None,
        generation=max(0, number.bit_length() - 2),
        born_cycle=number % max(1, cycles // 2),
        died_cycle=max(number % max(1, cycles // 2), cycles - 1) if dies else None,
        cause_of_death="broke" if dies else None,
        status="dead" if dies else "alive",
        balance=credits(number),
        held=credits(1.5),
        endowment=credits(100),
        earned=credits(number),
        spent=credits(98.5),
        estate=credits(0),
        rewards=credits(number),
        windows=3,
        prompts=1,
        scored=1,
        mean_score=6.5,
        children=2,
    )


def _cycle(number: int, agents: int) -> CycleRow:
    of_resources = {
        f"{measure}_{name}": 0.1 * (1 + (number + place) % 7)
        for measure in ("price", "utilization", "demand")
        for place, name in enumerate(RESOURCES)
    }
    return CycleRow(
        cycle=number,
        opened_at=START + timedelta(seconds=10 * number),
        closed_at=START + timedelta(seconds=10 * number + 1),
        alive=agents - 1,
        dormant=1,
        births=number % 4,
        deaths=number % 3,
        bids=agents,
        wins=agents // 2,
        volume=credits(20),
        welfare=credits(30),
        upper_bound=credits(31),
        gap=None if number == 1 else 1 / 31,
        circulation=credits(1_000 + number),
        minted=credits(2_000 + 2 * number),
        burned=credits(1_000 + number),
        gini=0.25,
        **of_resources,
    )


def _resources(number: int) -> list[ResourceRow]:
    """Those of the cycle, and one that the economy has had since its second cycle."""
    return [
        ResourceRow(
            cycle=number,
            resource=name,
            price=0.1 * (1 + (number + place) % 7),
            utilization=0.1 * (1 + (number + place) % 7),
            demand=0.1 * (1 + (number + place) % 7),
        )
        for place, name in enumerate((*RESOURCES, "gpu_seconds"))
        if number > 1 or name in RESOURCES
    ]


def _prompt(number: int, content: str) -> PromptRow:
    return PromptRow(
        id=f"prompt-{number}",
        agent_id="agent-00001",
        agent="a1",
        strategy="poet",
        execution_id="execution-1",
        cycle=1,
        ended_cycle=1,
        status="scored",
        amount=credits(0),
        interesting=8,
        useful=9,
        understandable=7,
        mean_score=8.0,
        reward=credits(1_200),
        submitted_at=START,
        content=content,
    )


def _execution() -> ExecutionRow:
    return ExecutionRow(
        id="execution-1",
        agent_id="agent-00001",
        agent="a1",
        strategy="poet",
        bid_id="bid-1",
        payer_id="agent-00001",
        cycle=1,
        status="timed_out",
        attempt=1,
        payment=credits(18.2),
        refunded=False,
        cpu_seconds=1.0,
        memory_mb=64.0,
        tokens=0,
        attention_share=1,
        duration_seconds=10.0,
        cpu_seconds_used=0.25,
        memory_mb_peak=12.5,
        wall_seconds=10.0,
        exit_code=None,
        queued_at=START,
        started_at=START,
        ended_at=START,
        detail=HOSTILE,
    )


def _transfer(number: int, debit: str, credit: str, amount: Credits) -> TransferRow:
    return TransferRow(
        id=f"transfer-{number}",
        cycle=1 + number // 2,
        debit=debit,
        credit=credit,
        amount=amount,
        kind="transfer",
        occurred_at=START + timedelta(microseconds=number),
        reference="",
        memo=HOSTILE if number == 0 else "\\N",
    )


MakeTables = Callable[..., Tables]


@pytest.fixture(scope="session")
def make_tables() -> MakeTables:
    def make(
        cycles: int = 6,
        agents: int = 12,
        strategies: tuple[str, ...] = ("poet", "parent"),
        content: str = HOSTILE,
    ) -> Tables:
        rows = [_agent(one, strategies[one % len(strategies)], cycles) for one in range(agents)]
        numbers = range(1, cycles + 1)
        return Tables(
            agents=Table(AgentRow, rows),
            cycles=Table(CycleRow, (_cycle(one, agents) for one in numbers)),
            resources=Table(ResourceRow, (row for one in numbers for row in _resources(one))),
            population=Table(
                PopulationRow,
                (
                    PopulationRow(cycle=one, strategy=name, alive=one % 5 + place, dormant=1)
                    for one in numbers
                    for place, name in enumerate(sorted({row.strategy for row in rows}))
                ),
            ),
            balances=Table(
                BalanceRow,
                (
                    BalanceRow(
                        cycle=one,
                        agent_id=row.id,
                        strategy=row.strategy,
                        balance=row.balance,
                        held=row.held,
                    )
                    for one in numbers
                    for row in rows
                ),
            ),
            prompts=Table(PromptRow, [_prompt(1, content), _prompt(2, "second")] if rows else []),
            executions=Table(ExecutionRow, [_execution()]),
            transfers=Table(
                TransferRow,
                [
                    _transfer(0, "mint:human", "agent-00001", credits(0.000001)),
                    _transfer(1, "agent-00001", "burn", Credits(2**53)),
                ],
            ),
            minimum_prices=dict.fromkeys((*RESOURCES, "gpu_seconds"), 0.1),
        )

    return make


@pytest.fixture
def found(make_tables: MakeTables) -> Tables:
    return make_tables()
