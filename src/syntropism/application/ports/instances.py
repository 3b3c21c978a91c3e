"""Standard instances: problems that were written down to be cleared, by whoever."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.costs import cost
from syntropism.domain.market.duality import SHARE_BITS

PLACES_MAX: Final = 9
NUMBER_MAX: Final = 10**15
"""Numbers in instances have at most so many places, and are not larger than this."""
LENGTH_MAX: Final = 60
"""Characters of a number, at most."""


@frozen(slots=True)
class Problem:
    """One instance as it was written down.

    Amounts inside are integers of ``10 ** -amount_places``; ``known_optimum`` is in the units
    of the file. ``labels`` are what the file calls the candidates, by candidate id.
    """

    instance: Instance
    labels: dict[str, int | str] = field(eq=False)
    amount_places: int = 0
    known_optimum: Decimal | None = None

    def in_file_units(self, amount: int) -> int | float:
        """An amount as the file would write it."""
        unit = int(10**self.amount_places)
        return amount // unit if amount % unit == 0 else amount / unit


@frozen(slots=True)
class InstanceFormat:
    """How problems are written down. Both raise ``Invalid``: ``read`` where a text is malformed,
    naming line and field; ``write`` where the format cannot hold the problems."""

    read: Callable[[str], list[Problem]]
    write: Callable[[list[Problem]], str]


@frozen(slots=True)
class Written:
    """One bid as a file has it: exact numbers in the units of the file. Rates that are known to
    be whole may be integers, which are much faster."""

    label: int | str
    amount: Decimal
    rates: tuple[Decimal | int, ...]
    reserve: Decimal = Decimal(0)
    age: int = 0


def parse_number(text: object, where: str) -> Decimal:
    """An exact number ≥ 0.

    Raises:
        Invalid: no number, negative, too large, or too fine; ``where`` names line and field.
    """
    written = str(text).strip()
    if len(written) > LENGTH_MAX:
        raise Invalid(
            f"{where}: {written[:30]!r}… is longer than {LENGTH_MAX} characters", field=where
        )
    try:
        number = Decimal(written)
    except ArithmeticError:
        raise Invalid(f"{where}: {written[:30]!r} is not a number", field=where) from None
    if not number.is_finite():
        raise Invalid(f"{where}: {written[:30]!r} is not a finite number", field=where)
    if number < 0:
        raise Invalid(f"{where}: {written[:30]} must not be negative", field=where)
    if number > NUMBER_MAX:
        raise Invalid(f"{where}: {written[:30]} is larger than 1e15", field=where)
    if places(number) > PLACES_MAX:
        raise Invalid(
            f"{where}: {written[:30]} is finer than its resolution of 1e-{PLACES_MAX}", field=where
        )
    return number


def places(number: Decimal | int) -> int:
    """How many decimal places ``number`` needs."""
    if isinstance(number, int) or not number:
        return 0
    # Not normalize(), which rounds the smallest numbers to zero.
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return 0
    zeros = next(i for i, digit in enumerate(reversed(digits)) if digit)
    return max(0, -exponent - zeros)


def _scaled(number: Decimal | int, by: int) -> int:
    return int(number * 10**by) if isinstance(number, int) else int(number.scaleb(by))


def make_problem(
    bids: list[Written],
    capacity: tuple[Decimal, ...],
    known_optimum: Decimal | None = None,
    prices: tuple[Decimal | int, ...] | None = None,
    ageing_permille: int = 0,
) -> Problem:
    """A problem in integers: every column is scaled by the least power of ten that makes it
    whole. Without ``prices`` the posted cost of a bid is the sum of its shares of capacity."""
    money = max((max(places(bid.amount), places(bid.reserve)) for bid in bids), default=0)
    scales = [
        max([places(total), *(places(bid.rates[r]) for bid in bids)])
        for r, total in enumerate(capacity)
    ]
    free = tuple(int(total.scaleb(scale)) for total, scale in zip(capacity, scales, strict=True))
    digits = max(map(places, prices), default=0) if prices else 0

    def candidate(position: int, bid: Written) -> Candidate:
        rates = tuple(map(_scaled, bid.rates, scales))
        if prices is None:
            shares = ((w << SHARE_BITS) // c for w, c in zip(rates, free, strict=True) if c)
            posted = sum(shares)
        else:
            # One more factor than the scales need keeps the cost of small bundles apart.
            factors = [10 ** (max(scales) - k) for k in scales]
            each = [_scaled(p, digits) * f for p, f in zip(prices, factors, strict=True)]
            posted = cost(rates, 10**12, each)
        return Candidate(
            str(position),
            int(bid.amount.scaleb(money)),
            int(bid.reserve.scaleb(money)),
            max(1, posted),
            rates,
            bid.age,
            position,
        )

    return Problem(
        Instance(tuple(candidate(i, bid) for i, bid in enumerate(bids)), free, ageing_permille),
        {str(i): bid.label for i, bid in enumerate(bids)},
        money,
        known_optimum,
    )
