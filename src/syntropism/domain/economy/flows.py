"""Where every credit goes: which kind of transfer may connect which kinds of accounts."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN, TREASURY, is_hold
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.identifiers import AccountId


class Party(StrEnum):
    """What stands behind an account."""

    HUMANS = MINT_HUMAN
    GENESIS = MINT_GENESIS
    BURN = BURN
    TREASURY = TREASURY
    HOLD = "hold"
    AGENT = "agent"


_SYSTEM: Final = {
    MINT_HUMAN: Party.HUMANS,
    MINT_GENESIS: Party.GENESIS,
    BURN: Party.BURN,
    TREASURY: Party.TREASURY,
}


def party_of(account: AccountId) -> Party:
    """What stands behind ``account``."""
    return _SYSTEM.get(account) or (Party.HOLD if is_hold(account) else Party.AGENT)


@frozen(slots=True)
class Flow:
    """All transfers of one kind between two kinds of parties: how many, and how much (micro)."""

    kind: TransferKind
    debit: Party
    credit: Party
    count: int
    amount: int


_PAYERS: Final = (Party.AGENT, Party.TREASURY)


def _each(debits: tuple[Party, ...], credits: tuple[Party, ...]) -> frozenset[tuple[Party, Party]]:
    return frozenset((debit, credit) for debit in debits for credit in credits)


COURSES: Final[Mapping[TransferKind, frozenset[tuple[Party, Party]]]] = MappingProxyType(
    {
        TransferKind.ENDOWMENT: _each((Party.GENESIS,), _PAYERS),
        TransferKind.TRANSFER: _each((Party.AGENT,), (Party.AGENT,)),
        TransferKind.BID_HELD: _each(_PAYERS, (Party.HOLD,)),
        TransferKind.PAYMENT: _each((Party.HOLD,), (Party.BURN,)),
        TransferKind.BID_RETURNED: _each((Party.HOLD,), _PAYERS),
        TransferKind.REFUND: _each((Party.BURN,), _PAYERS),
        TransferKind.PROMPT_HELD: _each((Party.AGENT,), (Party.HOLD,)),
        TransferKind.PROMPT_BURNED: _each((Party.HOLD,), (Party.BURN,)),
        TransferKind.PROMPT_RETURNED: _each((Party.HOLD,), (Party.AGENT,)),
        TransferKind.REWARD: _each((Party.HUMANS,), (Party.AGENT,)),
        TransferKind.SPAWN_FEE: _each((Party.AGENT,), (Party.BURN,)),
        TransferKind.SPAWN_ENDOWMENT: _each((Party.AGENT,), (Party.AGENT,)),
        TransferKind.MESSAGE_FEE: _each((Party.AGENT,), (Party.BURN,)),
        TransferKind.ESTATE: _each((Party.AGENT,), (Party.BURN,)),
    }
)
"""The table of DESIGN §2: for each kind, the parties it may go from and to."""
