"""Balances, the transfers that explain them, and what is set aside."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from syntropism.domain.economy.flows import Flow
from syntropism.domain.economy.holds import Hold
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.identifiers import AccountId, HoldId


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
