"""What a window uses: bundles as agents ask for them, rates as the market counts them.

Everything is an integer inside: milliseconds, milli-units (thousandths of a core, of a
megabyte, of a token per second, of an attention slot) and whole tokens.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from syntropism.domain.errors import Invalid

MILLI: Final = 1_000

RESOURCES: Final = ("cpu_cores", "memory_mb", "tokens_per_second", "attention_slots")
"""The four resources of the economy, in the order of every rate and price vector."""

FIELDS: Final = ("cpu_seconds", "memory_mb", "duration_seconds", "tokens", "attention_share")
"""What every bundle names; it may name resources beyond the four, too (``further.py``)."""

Rates = tuple[int, ...]
"""How much of each resource is occupied, in milli-units: those of ``RESOURCES``, in that order,
then the further ones of the economy, in the order of its configuration."""

QUANTITY_MAX: Final = 10**9
"""Largest quantity of anything (seconds, megabytes, tokens) that a bundle may name."""


BUNDLE_QUANTITIES: Final = ("cpu_ms", "memory_milli_mb", "duration_ms", "tokens", "attention_share")
"""What a bundle is made of, in the order in which ``Bundle.of_milli`` takes it."""


def rates_of(
    cpu_ms: Any, memory_milli_mb: Any, duration_ms: Any, tokens: Any, attention_share: Any
) -> tuple[Any, ...]:
    """What such a bundle occupies, rounded up to milli-units: of integers, or of whole columns
    of them that calculate like integers."""
    return (
        -(-cpu_ms * MILLI // duration_ms),
        memory_milli_mb,
        -(-tokens * MILLI * MILLI // duration_ms),
        attention_share * MILLI,
    )


def parse_quantity(value: object, field: str, places: int) -> int:
    """``value`` in units of ``10 ** -places``, exactly.

    Raises:
        Invalid: not a finite number, negative, finer than the resolution, or above
            ``QUANTITY_MAX``. ``details["field"]`` is ``field``.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise Invalid(f"{field} must be a number", field=field)
    text = str(value).strip()
    try:
        number = Decimal(text) if len(text) <= 60 else Decimal("NaN")
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Invalid(f"{field} must be a finite number", field=field)
    if number < 0:
        raise Invalid(f"{field} must not be negative", field=field)
    if number > QUANTITY_MAX:
        raise Invalid(f"{field} is too large", field=field)
    if number and number.adjusted() < -places:
        raise Invalid(f"{field} is finer than its resolution of 1e-{places}", field=field)
    scaled = number.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise Invalid(f"{field} is finer than its resolution of 1e-{places}", field=field)
    return int(scaled)


def _further(quantities: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    return tuple((name, parse_quantity(quantities[name], name, 3)) for name in sorted(quantities))


def _from_milli(milli: int) -> int | float:
    return milli // MILLI if milli % MILLI == 0 else milli / MILLI


@frozen(slots=True, init=False)
class Bundle:
    """An all-or-nothing request for one execution window.

    ``Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=10, tokens=0, attention_share=0)``:
    CPU seconds, megabytes and seconds to a thousandth; tokens and attention slots whole.
    Further resources that the economy is configured with go by their names, to a thousandth:
    ``Bundle(…, gpu_seconds=2)``. Whether there are such is for the market to say.

    Raises:
        Invalid: a value out of range; ``details["field"]`` names it. Zero CPU, memory or
            duration is out of range.
    """

    cpu_ms: int
    memory_milli_mb: int
    duration_ms: int
    tokens: int
    attention_share: int
    further: tuple[tuple[str, int], ...] = ()
    """What it asks for beyond the four: names, in order, with milli-units."""

    def __init__(
        self,
        cpu_seconds: object,
        memory_mb: object,
        duration_seconds: object,
        tokens: object = 0,
        attention_share: object = 0,
        **further: object,
    ) -> None:
        cpu_ms = parse_quantity(cpu_seconds, "cpu_seconds", 3)
        memory = parse_quantity(memory_mb, "memory_mb", 3)
        duration = parse_quantity(duration_seconds, "duration_seconds", 3)
        for amount, field in (
            (cpu_ms, "cpu_seconds"),
            (memory, "memory_mb"),
            (duration, "duration_seconds"),
        ):
            if amount == 0:
                raise Invalid(f"{field} must be greater than zero", field=field)
        self.__attrs_init__(
            cpu_ms,
            memory,
            duration,
            parse_quantity(tokens, "tokens", 0),
            parse_quantity(attention_share, "attention_share", 0),
            _further(further) if further else (),
        )

    @classmethod
    def of_milli(
        cls,
        cpu_ms: int,
        memory_milli_mb: int,
        duration_ms: int,
        tokens: int,
        attention_share: int,
        further: tuple[tuple[str, int], ...] = (),
    ) -> "Bundle":
        """A bundle from stored integers, trusted to be in range."""
        bundle = cls.__new__(cls)
        bundle.__attrs_init__(
            cpu_ms, memory_milli_mb, duration_ms, tokens, attention_share, further
        )
        return bundle

    @classmethod
    def from_document(cls, document: Mapping[str, Any], field: str = "bundle") -> "Bundle":
        """A bundle from a JSON object. Whether the economy has the further resources it names
        is for the market to say.

        Raises:
            Invalid: a missing, malformed or out-of-range key.
        """
        if not isinstance(document, Mapping):
            raise Invalid(f"{field} must be an object", field=field)
        for key in ("cpu_seconds", "memory_mb", "duration_seconds"):
            if key not in document:
                raise Invalid(f"{field}.{key} is missing", field=f"{field}.{key}")
        return cls(**document)

    @property
    def cpu_seconds(self) -> int | float:
        """CPU seconds the window may burn: a budget."""
        return _from_milli(self.cpu_ms)

    @property
    def memory_mb(self) -> int | float:
        """Megabytes of memory the window may hold."""
        return _from_milli(self.memory_milli_mb)

    @property
    def duration_seconds(self) -> int | float:
        """Seconds from the start of an attempt to its deadline."""
        return _from_milli(self.duration_ms)

    @property
    def rates(self) -> Rates:
        """What the window occupies of the four while it runs, rounded up to milli-units."""
        return rates_of(
            self.cpu_ms, self.memory_milli_mb, self.duration_ms, self.tokens, self.attention_share
        )

    @property
    def quantities(self) -> tuple[int, ...]:
        """The numbers behind the bundle, in the order of ``BUNDLE_QUANTITIES``."""
        return (
            self.cpu_ms,
            self.memory_milli_mb,
            self.duration_ms,
            self.tokens,
            self.attention_share,
        )

    @property
    def document(self) -> dict[str, int | float]:
        """The bundle as a JSON object."""
        return {
            "cpu_seconds": self.cpu_seconds,
            "memory_mb": self.memory_mb,
            "duration_seconds": self.duration_seconds,
            "tokens": self.tokens,
            "attention_share": self.attention_share,
            **{name: _from_milli(milli) for name, milli in self.further},
        }

    def further_milli(self, name: str) -> int:
        """What it asks for of one further resource, in milli-units; 0 if it does not name it."""
        return next((milli for own, milli in self.further if own == name), 0)

    def without_attention(self) -> "Bundle":
        """The same bundle with no attention: the usual fallback."""
        return Bundle.of_milli(
            self.cpu_ms, self.memory_milli_mb, self.duration_ms, self.tokens, 0, self.further
        )


@frozen(slots=True, init=False)
class Capacity:
    """What the machine offers of the four, as rates: ``cpu_cores``, ``memory_mb``,
    ``tokens_per_second`` (to a thousandth) and ``attention_slots`` (whole).

    Raises:
        Invalid: a value out of range.
    """

    rates: Rates

    def __init__(
        self,
        cpu_cores: object,
        memory_mb: object,
        tokens_per_second: object = 0,
        attention_slots: object = 0,
    ) -> None:
        self.__attrs_init__(
            (
                parse_quantity(cpu_cores, "cpu_cores", 3),
                parse_quantity(memory_mb, "memory_mb", 3),
                parse_quantity(tokens_per_second, "tokens_per_second", 3),
                parse_quantity(attention_slots, "attention_slots", 0) * MILLI,
            )
        )

    @property
    def attention_slots(self) -> int:
        """Whole prompts that humans can have before them at once."""
        return self.rates[3] // MILLI

    @property
    def document(self) -> dict[str, int | float]:
        """Each resource in its own unit."""
        return {name: _from_milli(rate) for name, rate in zip(RESOURCES, self.rates, strict=True)}


NOTHING: Final[Rates] = (0,) * len(RESOURCES)


def add_rates(left: Rates, right: Rates) -> Rates:
    """The rates of two windows together."""
    return tuple(a + b for a, b in zip(left, right, strict=True))


def subtract_rates(left: Rates, right: Rates) -> Rates:
    """What is left of ``left``; never below zero (capacity may have been lowered meanwhile)."""
    return tuple(max(0, a - b) for a, b in zip(left, right, strict=True))


def fits(need: Rates, free: Rates) -> bool:
    """Whether every rate in ``need`` is within ``free``."""
    return all(a <= b for a, b in zip(need, free, strict=True))
