"""Everything that is kept, in the order in which it happened, fetched in pages."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.domain.attention.prompts import Prompt
from syntropism.domain.economy.transfers import Transfer
from syntropism.domain.events import Event
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.cycles import Cycle

PAGE: Final = 2_000


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Identified)


def transfers(uow: UnitOfWork) -> Iterator[Transfer]:
    """All transfers, oldest first."""
    after: str | None = None
    while page := uow.ledger.transfers_since(after, PAGE):
        yield from page
        after = page[-1].id


def events(uow: UnitOfWork) -> Iterator[Event]:
    """All events that have not been pruned, oldest first."""
    sequence = 0
    while page := uow.events.since(sequence, PAGE):
        yield from page
        sequence = page[-1].sequence


def closed_cycles(uow: UnitOfWork) -> list[Cycle]:
    """All closed cycles, oldest first."""
    found: list[Cycle] = []
    before: int | None = None
    while page := uow.cycles.page(PAGE, before):
        found.extend(cycle for cycle in page if cycle.closed)
        before = page[-1].number
    return found[::-1]


def prompts(uow: UnitOfWork) -> list[Prompt]:
    """All prompts, oldest first."""
    return _oldest_first(lambda before: uow.prompts.page(PAGE, before))


def executions(uow: UnitOfWork) -> list[Execution]:
    """All executions, oldest first."""
    return _oldest_first(lambda before: uow.executions.page(PAGE, before))


def _oldest_first(fetch: Callable[[str | None], list[T]]) -> list[T]:
    found: list[T] = []
    before: str | None = None
    while page := fetch(before):
        found.extend(page)
        before = page[-1].id
    return found[::-1]
