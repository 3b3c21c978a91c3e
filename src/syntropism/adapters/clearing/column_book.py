"""The offers of a book as what a clearing works on: rates and posted costs, in columns."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from syntropism.adapters.clearing.columns import Column, Columns, DoesNotFit, Indices
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.book import Book, Offers
from syntropism.domain.market.costs import PER_MICRO_CREDIT
from syntropism.domain.market.ranking import PERMILLE
from syntropism.domain.market.resources import BUNDLE_QUANTITIES, Rates, rates_of

_COST_MAX = 2**51
"""Below it the float guess of a cost is wrong by a few at most."""

_FOUR = len(BUNDLE_QUANTITIES)
_DURATION = BUNDLE_QUANTITIES.index("duration_ms")


@frozen(slots=True, eq=False)
class Entries:
    """Offers that reach their reserves: the candidates of a round. ``places`` are those of their
    bids in the book; ``rates`` has a row per resource."""

    places: Indices
    rates: Column
    amounts: Column
    reserves: Column
    costs: Column
    factors: Column

    def taken(self, which: NDArray[np.bool_]) -> "Entries":
        """Only those that ``which`` says."""
        return Entries(
            self.places[which],
            self.rates[:, which],
            self.amounts[which],
            self.reserves[which],
            self.costs[which],
            self.factors[which],
        )

    def columns(self, free: Rates) -> Columns:
        """The instance they form over ``free``.

        Raises:
            DoesNotFit: some number is too large.
        """
        return Columns.checked(
            self.amounts,
            self.reserves,
            self.costs,
            self.factors,
            self.places,  # in order of submission
            self.rates,
            np.array(free, np.int64),
        )

    def fitting(self, free: Rates) -> NDArray[np.bool_]:
        """Which of them fit ``free`` at all."""
        limits = np.array(free, np.int64)
        return np.asarray((self.rates <= limits[:, None]).all(axis=0))


def entries(
    book: Book, offers: Offers, prices: Sequence[int], parameters: EconomicParameters
) -> Entries:
    """The candidates among ``offers`` at the posted ``prices``.

    Raises:
        DoesNotFit: some number is too large for 64 bits.
    """
    places = np.array(offers.places, np.int64)
    quantities = [np.array(one, np.int64) for one in offers.quantities]
    quantities += [np.array(offers.quantities_of(one.name), np.int64) for one in parameters.further]
    amounts = np.array(offers.amounts, np.int64)
    reserves = np.array(offers.reserves, np.int64)
    able = amounts >= reserves
    if not able.all():
        places, amounts, reserves = places[able], amounts[able], reserves[able]
        quantities = [one[able] for one in quantities]
    four, further, duration = quantities[:_FOUR], quantities[_FOUR:], quantities[_DURATION]
    taken = [
        one.rate(asked, duration) for one, asked in zip(parameters.further, further, strict=True)
    ]
    rates = np.array((*rates_of(*four), *taken), np.int64).reshape(len(prices), len(places))
    billed = np.maximum(duration, parameters.cycle_ms)
    ages = np.array(book.ages, np.int64)[places]
    factors = PERMILLE + parameters.ageing_permille * ages
    return Entries(places, rates, amounts, reserves, _costs(rates, billed, prices), factors)


def _costs(rates: Column, billed: Column, prices: Sequence[int]) -> Column:
    """⌈billed · Σ p·w⌉ in micro-credits, as ``cost`` of the domain.

    The products pass 64 bits. The quotient is guessed in floats; what is left then is small, so
    it is exact even though the products wrap around, and corrects the guess.
    """
    if max(prices, default=0).bit_length() > 62:
        raise DoesNotFit
    roughly = np.zeros(len(billed))
    wrapped = np.zeros(len(billed), np.int64)
    for price, row in zip(prices, rates, strict=True):
        roughly += float(price) * row
        wrapped += price * row
    roughly *= billed / PER_MICRO_CREDIT
    if roughly.max(initial=0.0) > _COST_MAX:
        raise DoesNotFit
    guess = roughly.astype(np.int64)
    left = wrapped * billed - guess * PER_MICRO_CREDIT
    costs: Column = guess - (-left // PER_MICRO_CREDIT)
    if len(costs) and costs.min() < 1:
        raise DoesNotFit  # the reference refuses such a candidate
    return costs
