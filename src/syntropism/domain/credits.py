"""Credits: the currency. Integer micro-credits inside, exact decimals at every edge.

Inside the domain an amount is a plain ``int`` of micro-credits (``MICRO`` of them make one
credit); :class:`Credits` is the value that users of the library and every edge see.
"""

import re
from decimal import Context, Decimal
from fractions import Fraction
from functools import total_ordering
from typing import Final

from attrs import frozen

from syntropism.domain.errors import Invalid

MICRO: Final = 1_000_000
"""Micro-credits in one credit."""

PLACES: Final = 6
"""Decimal places a credit amount may have at an edge."""

AMOUNT_MAX: Final = 2**53
"""Largest amount in micro-credits that an edge accepts."""

_DECIMAL: Final = re.compile(
    r"[+-]?(\d{1,20}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,4})?", re.ASCII
)
_EXACT: Final = Context(prec=100)


def parse_micro(value: object, field: str = "amount") -> int:
    """The micro-credits in ``value``, a decimal number of credits, exactly.

    Accepts ``int``, ``Decimal``, ``str``, :class:`Credits`, and ``float`` by its shortest
    representation (0.1 means one tenth).

    Raises:
        Invalid: not a number, NaN, infinite, more than six decimal places, or beyond
            ``AMOUNT_MAX`` either way. ``details["field"]`` is ``field``.
    """
    if isinstance(value, Credits):
        return value.micro
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise Invalid(f"{field} must be a number of credits", field=field)
    text = str(value).strip()
    if not _DECIMAL.fullmatch(text):
        raise Invalid(f"{field} must be a finite decimal number", field=field)
    number = Decimal(text)
    if number and number.adjusted() > 20:
        raise Invalid(f"{field} is too large", field=field)
    if number and number.adjusted() < -PLACES:
        raise Invalid(f"{field} has more than {PLACES} decimal places", field=field)
    scaled = number.scaleb(PLACES, _EXACT)
    if scaled != scaled.to_integral_value():
        raise Invalid(f"{field} has more than {PLACES} decimal places", field=field)
    micro = int(scaled)
    if abs(micro) > AMOUNT_MAX:
        raise Invalid(f"{field} is too large", field=field)
    return micro


def positive_micro(value: object, field: str = "amount") -> int:
    """Like :func:`parse_micro`, and greater than zero.

    Raises:
        Invalid: as :func:`parse_micro`, or not positive.
    """
    micro = parse_micro(value, field)
    if micro <= 0:
        raise Invalid(f"{field} must be greater than zero", field=field)
    return micro


def format_micro(micro: int) -> str:
    """``micro`` micro-credits as the shortest exact decimal: 1500000 → ``"1.5"``."""
    whole, part = divmod(abs(micro), MICRO)
    sign = "-" if micro < 0 else ""
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{part:06d}".rstrip("0")


@total_ordering
@frozen(slots=True, eq=False, repr=False)
class Credits:
    """An exact amount of credits.

    Adding and subtracting is exact; multiplying by a number rounds down to six places.
    Compares with other ``Credits`` and with plain numbers of credits.
    """

    micro: int
    """The amount in micro-credits; may be negative (``mint:*`` balances are)."""

    @classmethod
    def of(cls, value: object) -> "Credits":
        """Credits from a decimal number of credits.

        Raises:
            Invalid: see :func:`parse_micro`.
        """
        return cls(parse_micro(value))

    def __add__(self, other: object) -> "Credits":
        return Credits(self.micro + parse_micro(other))

    __radd__ = __add__

    def __sub__(self, other: object) -> "Credits":
        return Credits(self.micro - parse_micro(other))

    def __rsub__(self, other: object) -> "Credits":
        return Credits(parse_micro(other) - self.micro)

    def __neg__(self) -> "Credits":
        return Credits(-self.micro)

    def __mul__(self, factor: int | float | Decimal | Fraction) -> "Credits":
        exact = factor if isinstance(factor, Fraction) else Fraction(str(factor))
        return Credits((self.micro * exact.numerator) // exact.denominator)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Credits):
            return self.micro == other.micro
        if isinstance(other, int | float | Decimal) and not isinstance(other, bool):
            return Fraction(self.micro, MICRO) == Fraction(str(other))
        return NotImplemented

    def __lt__(self, other: object) -> bool:
        if isinstance(other, Credits):
            return self.micro < other.micro
        if isinstance(other, int | float | Decimal) and not isinstance(other, bool):
            return Fraction(self.micro, MICRO) < Fraction(str(other))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(Fraction(self.micro, MICRO))

    def __bool__(self) -> bool:
        return self.micro != 0

    def __float__(self) -> float:
        return self.micro / MICRO

    def __str__(self) -> str:
        return format_micro(self.micro)

    def __repr__(self) -> str:
        return f"Credits({format_micro(self.micro)!r})"

    @property
    def decimal(self) -> Decimal:
        """The amount as an exact ``Decimal`` number of credits."""
        return Decimal(self.micro).scaleb(-PLACES, _EXACT)

    @property
    def json(self) -> int | float:
        """The amount as a JSON number: exact below 2**33 credits, where doubles lie closer
        than a micro-credit and print their shortest decimal; the nearest double above."""
        whole, part = divmod(self.micro, MICRO)
        return whole if not part else self.micro / MICRO
