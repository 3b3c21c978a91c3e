"""What is kept: one small port per entity. Entities are frozen; ``save`` replaces by id.

Lists that agents and operators page through are newest first: ``before`` is the id of the last
item already seen (ids are time-ordered), ``limit`` how many to return.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from attrs import frozen

from syntropism.domain.attention.prompts import Prompt, Response
from syntropism.domain.economy.flows import Flow
from syntropism.domain.economy.holds import Hold
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.events import Event
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import (
    AccountId,
    AgentId,
    BidId,
    DeadLetterId,
    ExecutionId,
    HoldId,
    OperatorId,
    PromptId,
    WorkerId,
)
from syntropism.domain.market.bids import Bid, BidStatus
from syntropism.domain.market.book import Book
from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.losses import Loss
from syntropism.domain.population.agents import Agent, AgentStatus
from syntropism.domain.social.messages import Message


class Ledger(Protocol):
    """Balances and the transfers that explain them."""

    def open_account(self, account: AccountId) -> None:
        """Opens an account with a balance of zero; does nothing if it is there."""
        ...

    def balances(self, accounts: Iterable[AccountId]) -> dict[AccountId, int]:
        """The balances in micro-credits, locked until the end of the transaction (in id order);
        an account that does not exist is left out. Hold accounts are allowed."""
        ...

    def post(self, transfers: Sequence[Transfer]) -> None:
        """Records transfers and moves the balances, all or nothing (laws 1 and 3).

        Raises:
            InsufficientCredits: an account other than a mint would become negative at any point.
            NotFound: an account that was never opened.
        """
        ...

    def history(
        self, account: AccountId | None, limit: int, before: str | None = None
    ) -> list[Transfer]:
        """Transfers that touch the account (or all), newest first."""
        ...

    def transfers_since(
        self, after: str | None, limit: int, kinds: Collection[TransferKind] | None = None
    ) -> list[Transfer]:
        """All transfers (or those of ``kinds``), oldest first, after the one with id ``after``."""
        ...

    def all_balances(self) -> dict[AccountId, int]:
        """Every account with its stored or derived balance, holds that are open included."""
        ...

    def replayed_balances(self) -> dict[AccountId, int]:
        """The balances as the transfers alone give them; accounts without transfers left out."""
        ...

    def malformed_count(self) -> int:
        """Transfers that break law 1: not positive, or from an account to itself."""
        ...

    def totals(self) -> tuple[int, int]:
        """``(minted, burned)``: what the mints gave, and the balance of ``burn``."""
        ...

    def flows(self) -> list[Flow]:
        """All transfers, summed by kind and by the kinds of parties they connect."""
        ...

    def of_holds(self, holds: Iterable[HoldId]) -> dict[HoldId, list[Transfer]]:
        """The transfers into and out of each of these holds, oldest first; holds that have none
        are left out."""
        ...


class Holds(Protocol):
    """Credits set aside. Adding a hold opens its account."""

    def add(self, holds: Sequence[Hold]) -> None: ...

    def get(self, ids: Iterable[HoldId]) -> dict[HoldId, Hold]: ...

    def save(self, holds: Sequence[Hold]) -> None: ...

    def open_of(self, payer: AccountId) -> list[Hold]:
        """The open holds that ``payer`` has paid into, oldest first."""
        ...

    def held_by(self, payer: AccountId) -> int:
        """The sum of the open holds of ``payer``, in micro-credits."""
        ...

    def all_open(self) -> list[Hold]: ...


class Agents(Protocol):
    """The population."""

    def add(self, agent: Agent) -> None: ...

    def get(self, agent_id: AgentId) -> Agent | None: ...

    def save(self, agents: Sequence[Agent]) -> None: ...

    def lock(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, Agent]:
        """The agents, locked in id order until the end of the transaction."""
        ...

    def living(self) -> list[Agent]:
        """All that are not dead, oldest first."""
        ...

    def idle(self) -> list[Agent]:
        """Every dormant agent, and every living one for whom no bid is open, no window
        unfinished and no prompt queued; oldest first, locked."""
        ...

    def born_in(self, cycle: int) -> int:
        """How many that are not dead were born in ``cycle``."""
        ...

    def died_in(self, cycle: int) -> list[Agent]:
        """Those who died in ``cycle``, or before the next one was opened; oldest first."""
        ...

    def page(
        self, limit: int, before: str | None = None, status: AgentStatus | None = None
    ) -> list[Agent]: ...

    def named(self, name: str) -> list[Agent]: ...

    def everyone(self) -> list[Agent]:
        """All agents that ever were, oldest first."""
        ...


class Bids(Protocol):
    """The order book. At most one bid is open per agent."""

    def add(self, bid: Bid) -> None: ...

    def get(self, bid_id: BidId) -> Bid | None: ...

    def lock(self, bid_ids: Iterable[BidId]) -> dict[BidId, Bid]:
        """The bids, locked in id order until the end of the transaction."""
        ...

    def save(self, bids: Sequence[Bid]) -> None: ...

    def next_sequence(self) -> int:
        """The submission number of the next bid: greater than every earlier one."""
        ...

    def open_for(self, agent_id: AgentId) -> Bid | None: ...

    def open_paid_by(self, payer: AccountId) -> list[Bid]:
        """The open bids of a payer, in order of submission; locked."""
        ...

    def all_open(self) -> list[Bid]:
        """Every open bid, in order of submission."""
        ...

    def aged(self, age: int) -> list[Bid]:
        """Open bids that have lost at least ``age`` rounds and are not frozen; locked."""
        ...

    def freeze(self, cycle: int) -> int:
        """Marks as frozen for ``cycle`` every open bid whose agent has no window that is not
        final, and tells how many are frozen. Repeatable: if bids are already frozen for
        ``cycle``, no others are added."""
        ...

    def frozen(self, cycle: int) -> list[Bid]:
        """The bids frozen for ``cycle``, in order of submission."""
        ...

    def book(self, cycle: int) -> Book:
        """The bids frozen for ``cycle`` in columns, without making one of them."""
        ...

    def frozen_agents(self, cycle: int) -> dict[BidId, AgentId]:
        """For whom the bids frozen for ``cycle`` are, without reading the bids; locked."""
        ...

    def frozen_count(self, cycle: int) -> int:
        """How many bids are frozen for ``cycle``; locked."""
        ...

    def thaw_losers(self, cycle: int) -> int:
        """Every open bid frozen for ``cycle`` is one round older and free again; how many."""
        ...

    def page(
        self,
        limit: int,
        before: str | None = None,
        party: AgentId | None = None,
        status: BidStatus | None = None,
    ) -> list[Bid]:
        """Bids of ``party`` as agent or payer (or all)."""
        ...


class Executions(Protocol):
    """The windows. At most one that is not final per agent."""

    def add(self, executions: Sequence[Execution]) -> None: ...

    def get(self, execution_id: ExecutionId) -> Execution | None:
        """The execution, locked until the end of the transaction."""
        ...

    def save(self, execution: Execution) -> None: ...

    def unfinished(self) -> list[Execution]:
        """All that are not final, oldest first."""
        ...

    def unfinished_of(self, agent_id: AgentId) -> Execution | None: ...

    def of_bids(self, bid_ids: Iterable[BidId]) -> list[Execution]:
        """Every execution that one of these bids has won."""
        ...

    def lease_candidates(
        self, limit: int, worker_id: WorkerId | None = None, waited: datetime | None = None
    ) -> list[Execution]:
        """Queued executions, oldest first, locked for this worker alone: for ``worker_id`` those
        that were offered to it or to nobody, and those queued since ``waited`` or longer."""
        ...

    def queued_among(self, execution_ids: Iterable[ExecutionId]) -> list[Execution]:
        """Those of these that are queued, oldest first, locked; rows that another transaction
        has locked are passed over."""
        ...

    def under_way_of(self, worker_id: WorkerId) -> list[Execution]:
        """What ``worker_id`` has leased or is running, oldest first."""
        ...

    def page(
        self,
        limit: int,
        before: str | None = None,
        agent_id: AgentId | None = None,
        status: ExecutionStatus | None = None,
    ) -> list[Execution]: ...

    def save_log(self, execution_id: ExecutionId, attempt: int, log: str) -> None: ...

    def log(self, execution_id: ExecutionId) -> str:
        """The log of the latest attempt; empty if there is none."""
        ...


class Prompts(Protocol):
    """What waits for humans, and what they answered."""

    def add(self, prompt: Prompt) -> None: ...

    def get(self, prompt_id: PromptId) -> Prompt | None:
        """The prompt, locked until the end of the transaction."""
        ...

    def save(self, prompt: Prompt) -> None: ...

    def queued(self) -> list[Prompt]:
        """All that wait, oldest first; locked."""
        ...

    def latest_of(self, agent_id: AgentId) -> Prompt | None: ...

    def page(
        self, limit: int, before: str | None = None, agent_id: AgentId | None = None
    ) -> list[Prompt]: ...

    def respond(self, response: Response) -> None:
        """Keeps a response; at most one per prompt.

        Raises:
            Conflict: the prompt has one.
        """
        ...

    def responses(self) -> list[Response]:
        """All responses, oldest first."""
        ...


class Messages(Protocol):
    """Inboxes."""

    def add(self, message: Message) -> None: ...

    def inbox(
        self, agent_id: AgentId, limit: int, before: str | None = None, *, unread: bool = False
    ) -> list[Message]: ...

    def unread_count(self, agent_id: AgentId) -> int: ...

    def mark_read(self, messages: Sequence[Message], now: datetime) -> None: ...


class Cycles(Protocol):
    """The numbered runs of the market."""

    def add(self, cycle: Cycle) -> None: ...

    def get(self, number: int) -> Cycle | None: ...

    def latest(self) -> Cycle | None: ...

    def latest_number(self) -> int:
        """The number of the latest cycle, without reading its certificate; 0 before the
        first."""
        ...

    def save(self, cycle: Cycle) -> None: ...

    def save_losses(self, number: int, losses: Sequence[Loss]) -> None:
        """Keeps why the losers of the cycle lost, once: they take megabytes, so they are not
        part of the cycle, which every step reads and writes."""
        ...

    def losses(self, number: int) -> Sequence[Loss]:
        """The losses of the cycle in the order of submission; none until it is settled."""
        ...

    def page(self, limit: int, before: int | None = None) -> list[Cycle]:
        """Newest first, with ``number < before``."""
        ...


class MarketStates(Protocol):
    """The posted prices."""

    def prices(self) -> dict[str, int] | None:
        """Pico-credits per unit·second, by resource, the four first; ``None`` until seeded."""
        ...

    def save(
        self,
        cycle: int,
        resources: tuple[str, ...],
        prices: tuple[int, ...],
        capacity: tuple[int, ...],
    ) -> None:
        """Posts the prices of ``resources`` (found at the end of ``cycle``), in place of all
        before, and keeps them in the history."""
        ...


class Events(Protocol):
    """The one commit-ordered history; also the outbox."""

    def append(self, events: Sequence[Event]) -> None:
        """Adds events; an ``EventBatch`` is as many events, taken over in columns."""
        ...

    def since(self, sequence: int, limit: int) -> list[Event]:
        """Events with a greater sequence, oldest first."""
        ...

    def last_sequence(self) -> int: ...


class DeadLetters(Protocol):
    """Executions that ended badly."""

    def add(self, letter: DeadLetter) -> None: ...

    def get(self, letter_id: DeadLetterId) -> DeadLetter | None: ...

    def save(self, letter: DeadLetter) -> None: ...

    def page(
        self, limit: int, before: str | None = None, status: DeadLetterStatus | None = None
    ) -> list[DeadLetter]: ...


class WorkspaceFiles(Protocol):
    """The files agents are born with: version 1 of their workspaces."""

    def add(self, agent_id: AgentId, files: Mapping[str, bytes]) -> None: ...

    def get(self, agent_id: AgentId) -> dict[str, bytes]: ...


class WorkspaceVersions(Protocol):
    """Which snapshots are the later versions of workspaces; none where they are used in place."""

    def head(self, agent_id: AgentId) -> WorkspaceVersion | None:
        """The current version; ``None`` if that is the one the agent was born with."""
        ...

    def add(self, version: WorkspaceVersion) -> None: ...

    def everything(self) -> list[WorkspaceVersion]:
        """All that are known, by agent and version."""
        ...

    def remove(self, versions: Sequence[WorkspaceVersion]) -> None:
        """Forgets them; those that are not there are passed over."""
        ...


@frozen(slots=True)
class Answer:
    """What was answered to an idempotency key: ``status`` is ``"ok"`` or an error code."""

    request_hash: str
    status: str
    document: Mapping[str, Any]


class Answers(Protocol):
    """The memory behind idempotency keys; ``scope`` is identity + operation + key."""

    def get(self, scope: str) -> Answer | None:
        """The answer, locked: a concurrent duplicate waits here."""
        ...

    def add(self, scope: str, answer: Answer) -> None: ...


@frozen(slots=True)
class Lease:
    """Leadership: who holds ``name``, under which fencing number, until when."""

    name: str
    holder: str
    fence: int
    expires_at: datetime


class Leases(Protocol):
    """Leadership rows."""

    def get(self, name: str) -> Lease | None:
        """The lease, locked until the end of the transaction."""
        ...

    def save(self, lease: Lease) -> None: ...


@frozen(slots=True)
class Operator:
    """A human or program that runs the economy; ``role`` is ``admin``, ``scorer`` or ``viewer``.

    ``token_hash`` is the SHA-256 of its (random, 256-bit) token in hexadecimal.
    """

    id: OperatorId
    name: str
    role: str
    token_hash: str
    created_at: datetime


class Operators(Protocol):
    """Who may operate the economy."""

    def add(self, operator: Operator) -> None: ...

    def by_token_hash(self, token_hash: str) -> Operator | None: ...

    def count(self) -> int: ...


class Workers(Protocol):
    """What workers have declared. In one process there is one worker, which declares nothing:
    the configured capacity is its."""

    def get(self, worker_id: WorkerId) -> DeclaredWorker | None:
        """The worker, locked until the end of the transaction."""
        ...

    def save(self, worker: DeclaredWorker) -> None: ...

    def live(self, now: datetime) -> list[DeclaredWorker]:
        """Those that windows can be offered to at ``now``, in order of their ids."""
        ...

    def everyone(self) -> list[DeclaredWorker]:
        """All that ever signed on, in order of their ids."""


class Positions(Protocol):
    """How far readers of the history have come."""

    def get(self, reader: str) -> int:
        """The sequence of the last event that ``reader`` is done with, locked; 0 at first."""
        ...

    def save(self, reader: str, sequence: int) -> None: ...


class ConsumedKeys(Protocol):
    """What consumers have had their effects for, so that a redelivery has none."""

    def first(self, consumer: str, key: str) -> bool:
        """Remembers ``key``; false if ``consumer`` had it before. A concurrent duplicate waits
        until the first has committed or was undone."""
        ...

    def forget(self, consumer: str, before: datetime) -> int:
        """Forgets what was remembered before; how many keys."""
        ...
