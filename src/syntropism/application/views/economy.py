"""What accounts hold, and the economy at a glance."""

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from syntropism.domain.credits import Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer
from syntropism.domain.market.resources import MILLI


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
