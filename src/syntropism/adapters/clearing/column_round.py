"""One round of the market in columns: what ``clear_round`` of the domain tells, only sooner."""

from collections.abc import Iterator, Sequence
from operator import add, sub
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.adapters.clearing.column_book import Entries, entries
from syntropism.adapters.clearing.column_bound import upper_bound
from syntropism.adapters.clearing.column_clearing import ColumnSolution, cleared, fixed_costs
from syntropism.adapters.clearing.column_outbid import amounts_to_win
from syntropism.adapters.clearing.column_sums import exact_sum, exact_sums
from syntropism.adapters.clearing.columns import Column, Columns, Indices
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import utilization
from syntropism.domain.market.book import Book
from syntropism.domain.market.losses import Losses, LossReason
from syntropism.domain.market.presets import Preset, preset
from syntropism.domain.market.resources import NOTHING, Rates
from syntropism.domain.market.rounds import RoundResult, Win

_OUTBID, _DOES_NOT_FIT, _BELOW_RESERVE, _INELIGIBLE = range(4)
_REASONS: Final = np.array(
    [
        LossReason.OUTBID,
        LossReason.DOES_NOT_FIT_CAPACITY,
        LossReason.BELOW_RESERVE,
        LossReason.INELIGIBLE,
    ],
    object,
)


@frozen(slots=True, eq=False)
class _Pass:
    """One clearing of one set of offers."""

    entries: Entries
    columns: Columns
    costs: Column
    solution: ColumnSolution

    @classmethod
    def of(cls, offered: Entries, free: Rates, rules: Preset) -> "_Pass":
        columns = offered.columns(free)
        costs = fixed_costs(columns, rules.clearing)
        return cls(offered, columns, costs, cleared(columns, costs, rules.payment))

    @property
    def winners(self) -> Indices:
        return self.entries.places[self.solution.winners]

    def left(self) -> Rates:
        used = exact_sums(self.columns.rates, self.solution.winners)
        return tuple(map(sub, self.columns.free.tolist(), used))

    def welfare(self) -> int:
        return exact_sum(self.columns.amounts[self.solution.winners])

    def wins(self, ids: Sequence[str], *, fallback: bool) -> list[Win]:
        places, payments = self.winners.tolist(), self.solution.payments.tolist()
        return [
            Win(ids[place], fallback, payment)
            for place, payment in zip(places, payments, strict=True)
        ]

    def amounts_to_win(self, lost: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """The place of each loser that could have won at some amount, and the least such."""
        losers = np.flatnonzero(lost[self.entries.places])
        able, found = amounts_to_win(self.columns, self.costs, self.solution.winners, losers)
        return zip(self.entries.places[able].tolist(), found, strict=True)


def clear_round(
    book: Book,
    free: Rates,
    prices: Sequence[int],
    parameters: EconomicParameters,
    held: Rates = NOTHING,
) -> RoundResult:
    """The round of ``book`` by a preset whose ranking is fixed; see the domain.

    Raises:
        DoesNotFit: a number or product is too large for 64 bits.
    """
    rules = preset(parameters.preset)
    offered = entries(book, book.mains, prices, parameters)
    second = entries(book, book.fallbacks, prices, parameters)
    lost = np.ones(len(book), bool)
    mains = _Pass.of(offered, free, rules)
    lost[mains.winners] = False
    fallbacks = _Pass.of(second.taken(lost[second.places]), mains.left(), rules)
    lost[fallbacks.winners] = False

    welfare = mains.welfare() + fallbacks.welfare()
    used = tuple(map(sub, free, fallbacks.left()))
    occupied = tuple(map(add, used, held))
    return RoundResult(
        wins=(*mains.wins(book.ids, fallback=False), *fallbacks.wins(book.ids, fallback=True)),
        losses=_losses(book, lost, mains, fallbacks, free),
        used=used,
        occupied=occupied,
        demand=_demand(offered, second, free, held),
        utilization_permille=utilization(occupied, free, held),
        welfare=welfare,
        upper_bound=upper_bound(offered, second, len(book), free, welfare),
    )


def _demand(mains: Entries, fallbacks: Entries, free: Rates, held: Rates) -> Rates:
    """See ``demand`` of the domain: each bid counts once, with its main offer if that counts."""
    counted = [one.fitting(free) & (one.amounts >= one.costs) for one in (mains, fallbacks)]
    by_main = mains.places[counted[0]]
    counted[1] &= ~np.isin(fallbacks.places, by_main, assume_unique=True)
    total = tuple(map(add, held, exact_sums(mains.rates, counted[0])))
    return tuple(map(add, total, exact_sums(fallbacks.rates, counted[1])))


def _losses(
    book: Book, lost: NDArray[np.bool_], mains: _Pass, fallbacks: _Pass, free: Rates
) -> Losses:
    amounts: list[int | None] = [None] * len(book)
    for one in (fallbacks, mains):  # with the main bundle, if any amount could have won it
        for place, amount in one.amounts_to_win(lost):
            amounts[place] = amount
    losers = np.flatnonzero(lost)
    places, ids = losers.tolist(), book.ids
    return Losses(
        [ids[place] for place in places],
        _REASONS[_why(book, mains.entries, fallbacks.entries, free)[losers]].tolist(),
        [amounts[place] for place in places],
    )


def _why(book: Book, mains: Entries, fallbacks: Entries, free: Rates) -> Indices:
    """The place in ``_REASONS`` for each bid, had it lost."""
    found = np.full(len(book), _INELIGIBLE)
    for offered in (book.mains, book.fallbacks):
        found[np.array(offered.places, np.int64)] = _BELOW_RESERVE
    for one in (mains, fallbacks):
        found[one.places] = _DOES_NOT_FIT
    for one in (mains, fallbacks):
        found[one.places[one.fitting(free)]] = _OUTBID
    return found
