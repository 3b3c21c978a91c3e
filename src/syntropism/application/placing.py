"""Clearing for several workers: a bid wins only if some one live worker has room for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Final

from attrs import evolve

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import WorkerId
from syntropism.domain.market.book import Book
from syntropism.domain.market.losses import Loss, LossReason
from syntropism.domain.market.placing import Place, first_fit
from syntropism.domain.market.resources import NOTHING, Rates, add_rates
from syntropism.domain.market.rounds import RoundResult

ROUNDS_MAX: Final = 20
"""How often a round is cleared again without the offers that found no worker."""

Clear = Callable[[Book], RoundResult]


def live_capacity(uow: UnitOfWork, parameters: EconomicParameters) -> Rates:
    """What live workers offer together; tokens, attention and whatever else is sold as
    configured. Nothing at all while no worker is live."""
    live = uow.workers.live(uow.now())
    if not live:
        return (0,) * len(parameters.capacity_rates)
    total = NOTHING
    for worker in live:
        total = add_rates(total, worker.rates)
    return (*total[:2], *parameters.capacity_rates[2:])


def capacity_now(uow: UnitOfWork, parameters: EconomicParameters) -> Rates:
    """What there is to be had, for those who look at the market: that of live workers, or what
    is configured where workers do not declare themselves."""
    live = live_capacity(uow, parameters)
    return live if any(live) else parameters.capacity_rates


def room_left(uow: UnitOfWork) -> list[Place]:
    """What each live worker has room for beside the windows that it has, or that were offered
    to it; windows that belong to no live worker are given the first room there is."""
    live = uow.workers.live(uow.now())
    places = {one.id: _whole(one) for one in live}
    orphans = []
    for window in uow.executions.unfinished():
        home = _home(window)
        if home is None or home not in places:
            orphans.append((window.id, window.bundle.rates))
        else:
            _occupy(places[home], window.bundle.rates)
    found = first_fit(orphans, list(places.values()))
    for name, rates in orphans:
        if name in found.places:
            _occupy(places[found.places[name]], rates)
    return list(places.values())


def _whole(worker: DeclaredWorker) -> Place:
    return Place(worker.id, worker.cpu_milli, worker.memory_milli_mb, worker.slots)


def _home(window: Execution) -> WorkerId | None:
    queued = window.status is ExecutionStatus.QUEUED
    return window.offered_to if queued else window.worker_id


def _occupy(place: Place, rates: Rates) -> None:
    place.cpu_milli = max(0, place.cpu_milli - rates[0])
    place.memory_milli_mb = max(0, place.memory_milli_mb - rates[1])
    place.slots = max(0, place.slots - 1)


def clear_and_place(
    book: Book, places: Sequence[Place], clear: Clear
) -> tuple[RoundResult, Mapping[str, WorkerId]]:
    """Clears a round and finds a worker for every winner, in the order of acceptance. Offers
    that win over the sum of all workers and fit into no single one are taken out, and the round
    is cleared again, so that others can have what they would have taken.

    Demand and the upper bound stay those of all bids over the sum of all workers: no
    allocation to single workers can be worth more.
    """
    whole = result = clear(book)
    numbers = {bid_id: number for number, bid_id in enumerate(book.ids)}
    narrowed: set[str] = set()
    for _ in range(ROUNDS_MAX):
        found = first_fit(_wants(result, book, numbers), places)
        if not found.homeless:
            return _told(whole, result, narrowed), found.places
        as_fallback = {win.bid_id for win in result.wins if win.fallback}
        book = book.narrowed(
            {numbers[one] for one in found.homeless if one not in as_fallback},
            {numbers[one] for one in found.homeless if one in as_fallback},
        )
        narrowed.update(found.homeless)
        result = clear(book)
    found = first_fit(_wants(result, book, numbers), places)
    narrowed.update(found.homeless)
    return _told(whole, _without(result, found.homeless), narrowed), found.places


def _wants(
    result: RoundResult, book: Book, numbers: Mapping[str, int]
) -> Iterator[tuple[str, Rates]]:
    for win in result.wins:
        offers = book.fallbacks if win.fallback else book.mains
        yield win.bid_id, offers.bundle_at(numbers[win.bid_id]).rates


def _without(result: RoundResult, losers: Sequence[str]) -> RoundResult:
    lost = set(losers)
    wins = tuple(win for win in result.wins if win.bid_id not in lost)
    more = tuple(Loss(name, LossReason.DOES_NOT_FIT_CAPACITY, None) for name in losers)
    return evolve(result, wins=wins, losses=(*result.losses, *more))


def _told(whole: RoundResult, result: RoundResult, narrowed: Set[str]) -> RoundResult:
    """``result`` with the demand and the bound of the whole market, and the reason why offers
    that no worker has room for have lost."""
    if not narrowed:
        return result
    losses = tuple(
        Loss(loss.bid_id, LossReason.DOES_NOT_FIT_CAPACITY, None)
        if loss.bid_id in narrowed
        else loss
        for loss in result.losses
    )
    return evolve(result, losses=losses, demand=whole.demand, upper_bound=whole.upper_bound)
