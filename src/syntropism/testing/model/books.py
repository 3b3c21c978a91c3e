"""What the model keeps: balances, holds and the status of everything."""

from typing import Final

from attrs import define, field

from syntropism.application.commands.bidding import BidRequest
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.resources import Bundle

OK: Final = "OK"
INVALID: Final = "INVALID"
NOT_FOUND: Final = "NOT_FOUND"
CONFLICT: Final = "CONFLICT"
LATER: Final = "CONFLICT, try again"
BROKE: Final = "INSUFFICIENT_CREDITS"
FORBIDDEN: Final = "FORBIDDEN"
NO_ATTENTION: Final = "NO_ATTENTION"
UNAUTHENTICATED: Final = "UNAUTHENTICATED"
KEY_REUSED: Final = "IDEMPOTENCY_CONFLICT"

REMEMBERED: Final = (OK, INVALID, NOT_FOUND, CONFLICT, BROKE)
"""Answers that are given again to the same idempotency key."""


@define
class AgentRow:
    parent: str | None
    born: int
    status: str = "alive"
    slept: int = 0
    cooling_until: int = -1


@define
class BidRow:
    agent: str
    payer: str
    main: tuple[int, int]
    """Amount and reserve."""
    fallback: tuple[int, int] | None
    request: BidRequest
    status: str = "open"
    age: int = 0
    frozen: int | None = None
    payment: int | None = None

    @property
    def held(self) -> int:
        return max(self.main[0], self.fallback[0] if self.fallback else 0)


@define
class WindowRow:
    agent: str
    bid: str
    payer: str
    payment: int
    bundle: Bundle
    queued_at: float
    status: str = "queued"
    attempt: int = 0
    acted: bool = False
    prompts: int = 0
    refunded: bool = False
    leased_until: float | None = None
    deadline: float | None = None

    @property
    def final(self) -> bool:
        return self.status not in ("queued", "leased", "running")


@define
class PromptRow:
    agent: str
    amount: int
    cycle: int
    status: str = "queued"
    reward: int | None = None


@define
class LetterRow:
    window: str
    ours: bool
    status: str = "open"


@define
class Books:
    """The state of the model; ``now`` is in seconds since the beginning."""

    parameters: EconomicParameters
    now: float = 0.0
    cycle: int = 0
    step: str = "closed"
    balances: dict[str, int] = field(
        factory=lambda: {"mint:human": 0, "mint:genesis": 0, "burn": 0, "treasury": 0}
    )
    holds: dict[str, tuple[str, int]] = field(factory=dict)
    """Payer and amount of what is set aside, by the bid or prompt it is for."""
    agents: dict[str, AgentRow] = field(factory=dict)
    bids: dict[str, BidRow] = field(factory=dict)
    windows: dict[str, WindowRow] = field(factory=dict)
    prompts: dict[str, PromptRow] = field(factory=dict)
    letters: dict[str, LetterRow] = field(factory=dict)
    messages: int = 0

    def move(self, debit: str, credit: str, amount: int) -> None:
        """Moves credits."""
        assert amount >= 0
        self.balances[debit] -= amount
        self.balances[credit] += amount
        assert self.balances[debit] >= 0 or debit.startswith("mint:"), f"{debit} owes"

    def hold(self, payer: str, amount: int, reference: str) -> None:
        """Sets credits aside; nothing is no hold."""
        self.balances[payer] -= amount
        assert self.balances[payer] >= 0, f"{payer} owes"
        if amount:
            self.holds[reference] = (payer, amount)

    def release(self, reference: str, paid: int = 0) -> None:
        """Ends a hold: ``paid`` is burned, the rest goes back."""
        payer, amount = self.holds.pop(reference, ("burn", 0))
        assert 0 <= paid <= amount
        self.balances["burn"] += paid
        self.balances[payer] += amount - paid

    def lives(self, payer: str) -> bool:
        """Whether a payer can be given something back."""
        return payer == "treasury" or self.agents[payer].status != "dead"

    def open_bid_of(self, agent: str) -> str | None:
        """The bid that is open for an agent."""
        return next(
            (key for key, bid in self.bids.items() if (bid.agent, bid.status) == (agent, "open")),
            None,
        )

    def window_of(self, agent: str) -> str | None:
        """The window of an agent that is not final."""
        return next(
            (key for key, one in self.windows.items() if one.agent == agent and not one.final),
            None,
        )

    def prompt_of(self, agent: str) -> bool:
        """Whether a prompt of the agent waits."""
        return any(one.agent == agent and one.status == "queued" for one in self.prompts.values())
