"""The columns of every table. Money is :class:`Credits`; prices are credits per unit·second."""

from datetime import datetime

from attrs import frozen

from syntropism.application.queries.report.table import Row
from syntropism.domain.attention.prompts import Prompt
from syntropism.domain.credits import Credits
from syntropism.domain.economy.transfers import Transfer
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.resources import MILLI
from syntropism.domain.population.agents import Agent


def mean_score(prompt: Prompt) -> float | None:
    """The mean of the three scores of a prompt, 0–10; ``None`` until it has them."""
    found = prompt.scores
    return sum(found.document.values()) / len(found.document) if found else None


@frozen(slots=True, kw_only=True)
class AgentRow(Row):
    """One agent that ever was.

    ``earned`` is what came in after birth: rewards and transfers received. ``spent`` is what it
    chose to pay: windows (less refunds), prompts, messages, fees, the endowments of children,
    transfers sent. ``estate`` is what was burned at its death. So, exactly:
    ``endowment + earned - spent - estate == balance + held``.
    """

    id: str
    name: str
    strategy: str
    parent_id: str | None
    generation: int
    born_cycle: int
    died_cycle: int | None
    cause_of_death: str | None
    status: str
    balance: Credits
    held: Credits
    endowment: Credits
    earned: Credits
    spent: Credits
    estate: Credits
    rewards: Credits
    windows: int
    prompts: int
    scored: int
    mean_score: float | None
    children: int


@frozen(slots=True, kw_only=True)
class CycleRow(Row):
    """One closed cycle, as things stood at its end.

    ``minted``, ``burned`` and ``circulation`` are totals since the founding; ``gap`` is the share
    of the certified upper bound that the clearing may have missed (``None`` without bids);
    ``gini`` is that of balances and holds over those not dead (``None`` without any).
    ``alive`` leaves out the dormant. Prices are those used in the cycle, utilization is
    a share of capacity, demand is in units.
    """

    cycle: int
    opened_at: datetime
    closed_at: datetime | None
    alive: int
    dormant: int
    births: int
    deaths: int
    bids: int
    wins: int
    volume: Credits
    welfare: Credits
    upper_bound: Credits
    gap: float | None
    circulation: Credits
    minted: Credits
    burned: Credits
    gini: float | None
    price_cpu_cores: float
    price_memory_mb: float
    price_tokens_per_second: float
    price_attention_slots: float
    utilization_cpu_cores: float
    utilization_memory_mb: float
    utilization_tokens_per_second: float
    utilization_attention_slots: float
    demand_cpu_cores: float
    demand_memory_mb: float
    demand_tokens_per_second: float
    demand_attention_slots: float


@frozen(slots=True, kw_only=True)
class ResourceRow(Row):
    """One resource in one closed cycle, in the units of ``CycleRow``; also of the resources that
    an economy has beyond the four."""

    cycle: int
    resource: str
    price: float
    utilization: float
    demand: float


@frozen(slots=True, kw_only=True)
class PopulationRow(Row):
    """How many of a strategy there were at the end of a cycle."""

    cycle: int
    strategy: str
    alive: int
    dormant: int


@frozen(slots=True, kw_only=True)
class BalanceRow(Row):
    """What an agent that was not dead had at the end of a cycle, free and set aside."""

    cycle: int
    agent_id: str
    strategy: str
    balance: Credits
    held: Credits


@frozen(slots=True, kw_only=True)
class PromptRow(Row):
    """One prompt; ``mean_score`` is over its three scores, ``None`` until it has them."""

    id: str
    agent_id: str
    agent: str
    strategy: str
    execution_id: str
    cycle: int
    ended_cycle: int | None
    status: str
    amount: Credits
    interesting: int | None
    useful: int | None
    understandable: int | None
    mean_score: float | None
    reward: Credits | None
    submitted_at: datetime
    content: str

    @classmethod
    def of(cls, prompt: Prompt, agent: Agent) -> "PromptRow":
        scores = prompt.scores
        return cls(
            id=prompt.id,
            agent_id=agent.id,
            agent=agent.name,
            strategy=agent.strategy,
            execution_id=prompt.execution_id,
            cycle=prompt.submitted_cycle,
            ended_cycle=prompt.ended_cycle,
            status=prompt.status.value,
            amount=Credits(prompt.amount),
            interesting=scores.interesting if scores else None,
            useful=scores.useful if scores else None,
            understandable=scores.understandable if scores else None,
            mean_score=mean_score(prompt),
            reward=None if prompt.reward is None else Credits(prompt.reward),
            submitted_at=prompt.submitted_at,
            content=prompt.content,
        )


@frozen(slots=True, kw_only=True)
class ExecutionRow(Row):
    """One window: what was bought, what was used, how it ended."""

    id: str
    agent_id: str
    agent: str
    strategy: str
    bid_id: str
    payer_id: str
    cycle: int
    status: str
    attempt: int
    payment: Credits
    refunded: bool
    cpu_seconds: float
    memory_mb: float
    tokens: int
    attention_share: int
    duration_seconds: float
    cpu_seconds_used: float
    memory_mb_peak: float
    wall_seconds: float
    exit_code: int | None
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    detail: str

    @classmethod
    def of(cls, one: Execution, agent: Agent) -> "ExecutionRow":
        bundle, usage = one.bundle, one.usage
        return cls(
            id=one.id,
            agent_id=agent.id,
            agent=agent.name,
            strategy=agent.strategy,
            bid_id=one.bid_id,
            payer_id=one.payer,
            cycle=one.cycle,
            status=one.status.value,
            attempt=one.attempt,
            payment=Credits(one.payment),
            refunded=one.refunded,
            cpu_seconds=float(bundle.cpu_seconds),
            memory_mb=float(bundle.memory_mb),
            tokens=bundle.tokens,
            attention_share=bundle.attention_share,
            duration_seconds=float(bundle.duration_seconds),
            cpu_seconds_used=usage.cpu_ms / MILLI,
            memory_mb_peak=usage.memory_peak_bytes / 2**20,
            wall_seconds=usage.wall_ms / MILLI,
            exit_code=one.exit_code,
            queued_at=one.queued_at,
            started_at=one.started_at,
            ended_at=one.ended_at,
            detail=one.detail,
        )


@frozen(slots=True, kw_only=True)
class TransferRow(Row):
    """One double-entry record; ``cycle`` is 0 before the first cycle was opened."""

    id: str
    cycle: int
    debit: str
    credit: str
    amount: Credits
    kind: str
    occurred_at: datetime
    reference: str
    memo: str

    @classmethod
    def of(cls, number: int, move: Transfer) -> "TransferRow":
        return cls(
            id=move.id,
            cycle=number,
            debit=move.debit,
            credit=move.credit,
            amount=Credits(move.amount),
            kind=move.kind.value,
            occurred_at=move.occurred_at,
            reference=move.reference,
            memo=move.memo,
        )
