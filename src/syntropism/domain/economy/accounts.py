"""Accounts: who can hold credits."""

from typing import Final

from syntropism.domain.identifiers import AccountId, AgentId, HoldId

MINT_HUMAN: Final = AccountId("mint:human")
MINT_GENESIS: Final = AccountId("mint:genesis")
BURN: Final = AccountId("burn")
TREASURY: Final = AccountId("treasury")

SYSTEM_ACCOUNTS: Final = (MINT_HUMAN, MINT_GENESIS, BURN, TREASURY)
DERIVED_ACCOUNTS: Final = frozenset((MINT_HUMAN, MINT_GENESIS, BURN))
"""Balances that are summed from transfers, never stored; the mints may be negative."""

_HOLD_PREFIX: Final = "hold:"


def agent_account(agent_id: AgentId) -> AccountId:
    """The account of an agent."""
    return AccountId(agent_id)


def hold_account(hold_id: HoldId) -> AccountId:
    """The account that a hold is."""
    return AccountId(_HOLD_PREFIX + hold_id)


def is_hold(account: AccountId) -> bool:
    """Whether the account is that of a hold."""
    return account.startswith(_HOLD_PREFIX)


def hold_of(account: AccountId) -> HoldId:
    """The hold behind a hold account."""
    return HoldId(account[len(_HOLD_PREFIX) :])
