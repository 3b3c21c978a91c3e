"""What a command does to the world: credits move, holds begin and end, events are recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.rules import Rules
from syntropism.domain.economy.accounts import BURN
from syntropism.domain.economy.holds import Hold, HoldPurpose
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.errors import Conflict
from syntropism.domain.events import Event, EventBatch
from syntropism.domain.identifiers import AccountId, EventId, HoldId, TransferId


class Effects:
    """The effects of one command, on behalf of ``actor``, written to one unit of work."""

    def __init__(self, uow: UnitOfWork, rules: Rules, actor: str, correlation: str = "") -> None:
        self.uow = uow
        self.parameters: EconomicParameters = rules.parameters
        self.now: datetime = uow.now()
        self._ids = rules.ids
        self._actor = actor
        self._correlation = correlation
        self._first: EventId | None = None
        self.cycle = uow.cycles.latest_number()

    def new_id(self) -> str:
        """A new identifier."""
        return self._ids.new()

    def transfer(
        self,
        debit: AccountId,
        credit: AccountId,
        amount: int,
        kind: TransferKind,
        reference: str = "",
        memo: str = "",
    ) -> Transfer:
        """A transfer that has not been posted yet."""
        return Transfer(
            TransferId(self._ids.new()), debit, credit, amount, kind, self.now, reference, memo
        )

    def move(
        self,
        debit: AccountId,
        credit: AccountId,
        amount: int,
        kind: TransferKind,
        reference: str = "",
        memo: str = "",
    ) -> Transfer | None:
        """Moves credits now; zero amounts make no transfer (law 1). What is burned so is told
        (a settled cycle tells its payments as one sum).

        Raises:
            InsufficientCredits: the debited account cannot cover it.
        """
        if amount == 0:
            return None
        transfer = self.transfer(debit, credit, amount, kind, reference, memo)
        self.uow.ledger.post([transfer])
        if credit == BURN:
            facts = {"account_id": debit, "reason": kind.value, "reference": reference}
            self.uow.events.append([self.burned([transfer], self._first, **facts)])
        return transfer

    def hold(
        self,
        payer: AccountId,
        amount: int,
        purpose: HoldPurpose,
        reference: str,
        kind: TransferKind,
    ) -> HoldId:
        """Sets credits aside.

        Raises:
            InsufficientCredits: the payer cannot cover it.
        """
        hold = Hold(HoldId(self._ids.new()), payer, amount, purpose, reference, self.now)
        self.uow.holds.add([hold])
        self.move(payer, hold.account, amount, kind, reference)
        return hold.id

    def release(self, hold_id: HoldId, kind: TransferKind) -> Hold:
        """Ends a hold by returning all of it to its payer.

        Raises:
            Conflict: it has ended before.
        """
        hold = self.held(hold_id)
        self.uow.holds.save([hold.ended(0, self.now)])
        self.move(hold.account, hold.payer, hold.amount, kind, hold.reference)
        return hold

    def spend(self, hold_id: HoldId, to: AccountId, kind: TransferKind) -> Hold:
        """Ends a hold by paying all of it.

        Raises:
            Conflict: it has ended before.
        """
        hold = self.held(hold_id)
        self.uow.holds.save([hold.ended(hold.amount, self.now)])
        self.move(hold.account, to, hold.amount, kind, hold.reference)
        return hold

    def held(self, hold_id: HoldId) -> Hold:
        """The hold; that it exists is ours to guarantee."""
        hold = self.uow.holds.get([hold_id]).get(hold_id)
        if hold is None:
            raise Conflict("hold is missing", hold_id=hold_id)
        return hold

    def event(
        self,
        kind: str,
        cause: EventId | None = None,
        /,
        *,
        event_id: EventId | None = None,
        **data: Any,
    ) -> Event:
        """An event that has not been recorded yet; ``cause`` is the event that led to it."""
        return Event(
            event_id or EventId(self._ids.new()),
            kind,
            self.now,
            {"cycle": self.cycle, **data},
            correlation_id=self._correlation,
            causation_id=cause or "",
            user_id=self._actor,
        )

    def events(
        self, kind: str, causes: Sequence[EventId] = (), /, **data: Sequence[Any]
    ) -> EventBatch:
        """Events of one kind that have not been recorded yet; ``data`` are columns, of which at
        least one is given, and ``causes`` the events that led to them, if any did."""
        count = len(next(iter(data.values())))
        return EventBatch(
            [EventId(one) for one in self._ids.many(count)],
            kind,
            self.now,
            {"cycle": self.cycle},
            data,
            causes,
            correlation_id=self._correlation,
            user_id=self._actor,
        )

    def burned(
        self, transfers: Sequence[Transfer], cause: EventId | None = None, /, **data: Any
    ) -> Event:
        """The event that ``transfers``, at least one, burned their sum. It has the id of the
        first: what is told of the books draws no lots, so a seed tells the same story."""
        return self.event(
            "economy.credits.burned",
            cause,
            event_id=EventId(transfers[0].id),
            amount_micro=sum(one.amount for one in transfers),
            **data,
        )

    def happened(self, kind: str, cause: EventId | None = None, /, **data: Any) -> EventId:
        """Records that something happened; it is published after the commit. Unless a ``cause``
        is given, what else a request or report of one window makes happen was caused by the
        first that did. The id of the event."""
        event = self.event(kind, cause or self._first, **data)
        if self._correlation:
            self._first = self._first or event.id
        self.uow.events.append([event])
        return event.id
