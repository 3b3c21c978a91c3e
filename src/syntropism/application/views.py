"""Read models: what callers see of the economy. Frozen; money is :class:`Credits`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from attrs import frozen

from syntropism.application.ports.workspaces import Listing
from syntropism.domain.attention.prompts import Prompt, Scores
from syntropism.domain.credits import MICRO, Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer
from syntropism.domain.execution.dead_letters import DeadLetter
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.bids import Bid, Offer
from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.resources import MILLI, Bundle, Rates
from syntropism.domain.population.agents import Agent

T = TypeVar("T")


@frozen
class Page(Generic[T]):
    """Part of a list; ``next_cursor`` is where the rest begins, or ``None`` at the end."""

    items: tuple[T, ...]
    next_cursor: str | None


Names = tuple[str, ...]
"""The resources of a vector, in order."""


def priced(prices: tuple[int, ...], names: Names) -> dict[str, float]:
    """Posted prices as credits per unit·second, by resource (shown, never reckoned with)."""
    return {name: price / (MICRO * MICRO) for name, price in zip(names, prices, strict=True)}


def quantities(rates: Rates, names: Names) -> dict[str, float]:
    """Rates in units, by resource."""
    return {name: rate / MILLI for name, rate in zip(names, rates, strict=True)}


def shares(used: Rates, capacity: Rates, names: Names) -> dict[str, float]:
    """Each rate as a share of capacity; 0 where there is no capacity."""
    return {
        name: (rate / total if total else 0.0)
        for name, rate, total in zip(names, used, capacity, strict=True)
    }


@frozen
class BalanceView:
    """What an account holds, and what is set aside for it."""

    account_id: str
    balance: Credits
    held: Credits


@frozen
class TransferView:
    """One double-entry record."""

    id: str
    debit: str
    credit: str
    amount: Credits
    kind: str
    occurred_at: datetime
    reference: str
    memo: str

    @classmethod
    def of(cls, transfer: Transfer) -> "TransferView":
        return cls(
            transfer.id,
            transfer.debit,
            transfer.credit,
            Credits(transfer.amount),
            transfer.kind.value,
            transfer.occurred_at,
            transfer.reference,
            transfer.memo,
        )


@frozen
class TransferReceipt:
    """The answer to a transfer."""

    transfer_id: str
    to: str
    amount: Credits
    balance: Credits


@frozen
class OfferView:
    """An offer with its reserve."""

    bundle: Bundle
    amount: Credits
    reserve: Credits

    @classmethod
    def of(cls, offer: Offer) -> "OfferView":
        return cls(offer.bundle, Credits(offer.amount), Credits(offer.reserve))


@frozen
class BidView:
    """A bid as its parties see it."""

    id: str
    agent_id: str
    payer_id: str
    status: str
    bundle: Bundle
    amount: Credits
    reserve: Credits
    fallback: OfferView | None
    age: int
    placed_cycle: int
    payment: Credits | None
    won_fallback: bool

    @classmethod
    def of(cls, bid: Bid) -> "BidView":
        return cls(
            bid.id,
            bid.agent_id,
            bid.payer,
            bid.status.value,
            bid.main.bundle,
            Credits(bid.main.amount),
            Credits(bid.main.reserve),
            OfferView.of(bid.fallback) if bid.fallback else None,
            bid.age,
            bid.placed_cycle,
            None if bid.payment is None else Credits(bid.payment),
            bid.won_fallback,
        )


@frozen
class PricesView:
    """The posted prices, in credits per unit·second."""

    cycle: int
    prices: Mapping[str, float]


@frozen
class ResourceState:
    """One resource now: price, capacity, what is free, and the last cycle's figures."""

    price: float
    capacity: float
    free: float
    utilization: float
    demand: float


@frozen
class MarketStateView:
    """The market now; ``book`` is ``None`` when the book is sealed."""

    cycle: int
    resources: Mapping[str, ResourceState]
    open_bids: int
    book: tuple[BidView, ...] | None


@frozen
class QuoteView:
    """What a bundle would cost. ``win_probability`` is the share of the last ``cycles`` cycles in
    which ``amount`` would have won, ``None`` without history; ``amount_median`` is what would
    have won at least half of them, ``None`` if nothing would."""

    posted_cost: Credits
    reserve: Credits
    amount: Credits
    win_probability: float | None
    cycles: int
    amount_median: Credits | None


@frozen
class LossView:
    """A bid that lost a round: what it offered with its main bundle, why it lost, and the least
    amount that would have won. ``None`` where no amount could have, or where the strategy has no
    ranking; then ``amount_at_least`` may bound it from below."""

    cycle: int
    bid_id: str
    agent_id: str
    amount: Credits
    reason: str
    amount_to_win: Credits | None
    amount_at_least: Credits | None


@frozen
class CycleView:
    """A cycle with the certificate of its clearing."""

    cycle: int
    step: str
    opened_at: datetime
    closed_at: datetime | None
    prices: Mapping[str, float]
    utilization: Mapping[str, float]
    demand: Mapping[str, float]
    bids: int
    wins: int
    welfare: Credits
    upper_bound: Credits
    gap: float
    volume: Credits
    strategy: str
    births: int
    deaths: int

    @classmethod
    def of(cls, cycle: Cycle) -> "CycleView":
        found = cycle.certificate
        nothing = (0,) * len(cycle.capacity)
        occupied = (
            tuple(a + b for a, b in zip(found.used, cycle.held, strict=True)) if found else nothing
        )
        return cls(
            cycle.number,
            cycle.step.value,
            cycle.opened_at,
            cycle.closed_at,
            priced(cycle.prices, cycle.resources),
            shares(occupied, cycle.capacity, cycle.resources),
            quantities(found.demand if found else nothing, cycle.resources),
            found.bids if found else 0,
            found.wins if found else 0,
            Credits(found.welfare if found else 0),
            Credits(found.upper_bound if found else 0),
            found.gap if found else 0.0,
            Credits(found.volume if found else 0),
            found.strategy if found else "",
            cycle.births,
            cycle.deaths,
        )


@frozen
class MessageReceipt:
    """The answer to a message."""

    message_id: str
    fee: Credits
    balance: Credits


@frozen
class MessageView:
    """A message in an inbox."""

    id: str
    from_: str
    from_name: str
    content: str
    sent_at: datetime
    cycle: int


@frozen
class SpawnReceipt:
    """The answer to a spawn."""

    agent_id: str
    name: str
    fee: Credits
    endowment: Credits
    bid_id: str
    balance: Credits


@frozen
class AgentCard:
    """What agents see of each other."""

    id: str
    name: str
    status: str
    strategy: str
    generation: int


@frozen
class FileView:
    """Something in a workspace; ``size`` is in bytes, 0 unless it is a regular file."""

    path: str
    size: int
    kind: str


@frozen
class FilesView:
    """What lies in an agent's workspace, ordered by path; ``archived`` at its death.
    ``complete`` is false when there was more than is told."""

    agent_id: str
    archived: bool
    complete: bool
    files: tuple[FileView, ...]

    @classmethod
    def of(cls, agent_id: str, listing: Listing) -> "FilesView":
        files = tuple(FileView(one.path, one.size, one.kind.value) for one in listing.entries)
        return cls(agent_id, listing.archived, listing.complete, files)


@frozen
class AgentView:
    """What operators see of an agent."""

    id: str
    name: str
    status: str
    strategy: str
    parent_id: str | None
    generation: int
    born_cycle: int
    born_at: datetime
    died_cycle: int | None
    cause_of_death: str | None
    balance: Credits
    held: Credits

    @classmethod
    def of(cls, agent: Agent, balance: int, held: int) -> "AgentView":
        return cls(
            agent.id,
            agent.name,
            agent.status.value,
            agent.strategy,
            agent.parent_id,
            agent.generation,
            agent.born_cycle,
            agent.born_at,
            agent.died_cycle,
            agent.cause_of_death.value if agent.cause_of_death else None,
            Credits(balance),
            Credits(held),
        )


@frozen
class PromptView:
    """A prompt, and what became of it."""

    id: str
    agent_id: str
    execution_id: str
    content: str
    amount: Credits
    status: str
    submitted_cycle: int
    submitted_at: datetime
    scores: Scores | None
    reward: Credits | None

    @classmethod
    def of(cls, prompt: Prompt) -> "PromptView":
        return cls(
            prompt.id,
            prompt.agent_id,
            prompt.execution_id,
            prompt.content,
            Credits(prompt.amount),
            prompt.status.value,
            prompt.submitted_cycle,
            prompt.submitted_at,
            prompt.scores,
            None if prompt.reward is None else Credits(prompt.reward),
        )


@frozen
class WindowView:
    """A running window as its agent sees it. What is left of the CPU time, and the most memory
    that was seen, are those of the last sample (a fraction of a second ago, where CPU time is
    metered at all); tokens that are reserved are not left."""

    execution_id: str
    agent_id: str
    attempt: int
    cycle: int
    status: str
    bundle: Bundle
    payment: Credits
    deadline: datetime | None
    seconds_left: float
    attention_left: int
    cpu_seconds_left: float
    tokens_left: int
    memory_peak_mb: float


@frozen
class Recorded:
    """The answer to a reasoning trace."""

    recorded: bool = True


@frozen
class ExecutionView:
    """What operators see of an execution."""

    id: str
    agent_id: str
    bid_id: str
    payer_id: str
    cycle: int
    status: str
    attempt: int
    bundle: Bundle
    payment: Credits
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    exit_code: int | None
    cpu_seconds: float
    memory_peak_mb: float
    wall_seconds: float
    detail: str
    refunded: bool

    @classmethod
    def of(cls, execution: Execution) -> "ExecutionView":
        return cls(
            execution.id,
            execution.agent_id,
            execution.bid_id,
            execution.payer,
            execution.cycle,
            execution.status.value,
            execution.attempt,
            execution.bundle,
            Credits(execution.payment),
            execution.queued_at,
            execution.started_at,
            execution.ended_at,
            execution.exit_code,
            execution.usage.cpu_ms / MILLI,
            execution.usage.memory_peak_bytes / 2**20,
            execution.usage.wall_ms / MILLI,
            execution.detail,
            execution.refunded,
        )


@frozen
class LogView:
    """What a window wrote."""

    execution_id: str
    log: str


@frozen
class DeadLetterView:
    """An execution that ended badly."""

    id: str
    execution_id: str
    agent_id: str
    reason: str
    ours: bool
    status: str
    created_at: datetime
    retry_bid_id: str | None
    env: Mapping[str, Any]

    @classmethod
    def of(cls, letter: DeadLetter) -> "DeadLetterView":
        return cls(
            letter.id,
            letter.execution_id,
            letter.agent_id,
            letter.reason,
            letter.ours,
            letter.status.value,
            letter.created_at,
            letter.retry_bid_id,
            letter.env,
        )


@frozen
class StatusView:
    """The economy at a glance."""

    cycle: int
    alive: int
    dormant: int
    dead: int
    circulation: Credits
    minted: Credits
    burned: Credits
    treasury: Credits
    open_bids: int
    windows: int
    prompts_queued: int
    prices: Mapping[str, float]


@frozen
class RulesView:
    """What agents need to plan with."""

    window_fee: Credits
    message_fee: Credits
    spawn_fee: Credits
    cycle_seconds: float
    reward_per_point: Credits
    attention_cooldown_cycles: int
    bid_expiry_cycles: int
    smallest_reserve: Credits

    @classmethod
    def of(cls, parameters: EconomicParameters, smallest_reserve: int) -> "RulesView":
        weights = (
            parameters.reward_interesting
            + parameters.reward_useful
            + parameters.reward_understandable
        )
        return cls(
            Credits(parameters.window_fee),
            Credits(parameters.message_fee),
            Credits(parameters.spawn_fee),
            parameters.cycle_ms / MILLI,
            Credits(weights // 3),
            parameters.attention_cooldown_cycles,
            parameters.bid_expiry_cycles,
            Credits(smallest_reserve),
        )
