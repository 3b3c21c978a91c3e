"""Transfers: immutable double-entry records (law 1)."""

from collections.abc import MutableMapping, Sequence
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from syntropism.domain.credits import format_micro
from syntropism.domain.economy.accounts import DERIVED_ACCOUNTS
from syntropism.domain.errors import InsufficientCredits, Invalid
from syntropism.domain.identifiers import AccountId, TransferId


class TransferKind(StrEnum):
    """Why credits moved; the table "where every credit goes" of the design."""

    ENDOWMENT = "endowment"
    TRANSFER = "transfer"
    BID_HELD = "bid_held"
    PAYMENT = "payment"
    BID_RETURNED = "bid_returned"
    REFUND = "refund"
    PROMPT_HELD = "prompt_held"
    PROMPT_BURNED = "prompt_burned"
    PROMPT_RETURNED = "prompt_returned"
    REWARD = "reward"
    SPAWN_FEE = "spawn_fee"
    SPAWN_ENDOWMENT = "spawn_endowment"
    MESSAGE_FEE = "message_fee"
    ESTATE = "estate"


@frozen(slots=True)
class Transfer:
    """``amount`` micro-credits from ``debit`` to ``credit``.

    ``reference`` is the id of what caused it (a bid, a prompt, an execution, an agent).
    """

    id: TransferId
    debit: AccountId
    credit: AccountId
    amount: int
    kind: TransferKind
    occurred_at: datetime
    reference: str = ""
    memo: str = ""


def require_transferable(debit: AccountId, credit: AccountId, amount: int) -> None:
    """Raises:
    Invalid: not positive, or from an account to itself.
    """
    if amount <= 0:
        raise Invalid("amount must be greater than zero", field="amount")
    if debit == credit:
        raise Invalid("cannot transfer to oneself", field="to")


def insufficient(account: AccountId, balance: int, needed: int) -> InsufficientCredits:
    """The refusal of a debit that the balance does not cover."""
    return InsufficientCredits(
        f"balance is {format_micro(balance)} credits, {format_micro(needed)} are needed",
        account_id=account,
        balance=format_micro(balance),
        needed=format_micro(needed),
    )


def apply_transfers(
    balances: MutableMapping[AccountId, int], transfers: Sequence[Transfer]
) -> None:
    """Applies transfers to ``balances`` in order, all or nothing (laws 1 and 3).

    Every account named must be present in ``balances`` (a missing one raises ``KeyError``).

    Raises:
        InsufficientCredits: an account other than a mint would become negative.
        Invalid: an amount that is not positive, or a transfer to itself.
    """
    done = 0
    try:
        for transfer in transfers:
            debit, credit, amount = transfer.debit, transfer.credit, transfer.amount
            if amount <= 0 or debit == credit:
                require_transferable(debit, credit, amount)
            balance = balances[debit]
            if balance < amount and debit not in DERIVED_ACCOUNTS:
                raise insufficient(debit, balance, amount)
            balances[credit] += amount
            balances[debit] = balance - amount
            done += 1
    except BaseException:
        undo_transfers(balances, transfers[:done])
        raise


def undo_transfers(balances: MutableMapping[AccountId, int], transfers: Sequence[Transfer]) -> None:
    """Takes back transfers that were applied."""
    for transfer in reversed(transfers):
        balances[transfer.credit] -= transfer.amount
        balances[transfer.debit] += transfer.amount
