"""Resources beyond the economy's four: configuration alone adds them (``gpu_seconds``, …)."""

import re
from enum import StrEnum
from typing import Any, Final

from attrs import field, frozen, validators

from syntropism.domain.errors import Invalid
from syntropism.domain.market.resources import (
    FIELDS,
    MILLI,
    RESOURCES,
    Bundle,
    Rates,
    parse_quantity,
)

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
FURTHER_MAX: Final = 32
"""How many an economy may have."""


class Kind(StrEnum):
    """What the number in a bundle means."""

    TOTAL = "total"
    """A budget over the whole window, as ``cpu_seconds``: the rate is total ÷ duration."""
    RATE = "rate"
    """What is occupied at every instant, as ``memory_mb``."""


@frozen(slots=True, kw_only=True)
class FurtherResource:
    """One more resource; ``name`` is what bundles, prices and history call it.

    ``capacity`` is in milli-units (of the total per second, for a total), ``min_price`` in
    pico-credits per unit·second, ``target_permille`` u* in thousandths of capacity. The market
    rations it; a sandbox does not know it, and enforces nothing.

    Raises:
        Invalid: the name is malformed, or taken by one of the four; or the initial price is
            above the highest.
    """

    name: str
    kind: Kind = field(default=Kind.TOTAL, converter=Kind)
    capacity: int = field(validator=validators.ge(0))
    min_price: int = field(validator=validators.ge(1_000))
    target_permille: int = field(default=900, validator=validators.ge(1))
    initial_price_factor: int = field(default=2, validator=validators.ge(1))
    max_price_factor: int = field(default=1_000, validator=validators.ge(1))

    def __attrs_post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise Invalid(
                f"{self.name[:40]!r} is not a name of a resource: lower-case letters, digits and _",
                field="name",
            )
        if self.name in RESOURCES or self.name in FIELDS:
            raise Invalid(f"there is a resource {self.name} already", field="name")
        if self.initial_price_factor > self.max_price_factor:
            raise Invalid(
                f"the initial price of {self.name} is above its highest",
                field="initial_price_factor",
            )

    @classmethod
    def of(
        cls,
        name: str,
        *,
        capacity: object,
        minimum_price: object,
        kind: str = "total",
        target_utilization: object = "0.9",
        initial_price_factor: int = 2,
        max_price_factor: int = 1_000,
    ) -> "FurtherResource":
        """The same in units: ``capacity`` (per second, for a total) and ``target_utilization``
        to a thousandth, ``minimum_price`` in credits per unit·second, from 1e-9.

        Raises:
            Invalid: a value out of range; ``details["field"]`` names it.
        """
        if kind not in tuple(Kind):
            raise Invalid(f"kind must be one of {', '.join(Kind)}", field="kind")
        price = parse_quantity(minimum_price, "minimum_price", 12)
        target = parse_quantity(target_utilization, "target_utilization", 3)
        for value, least, field_name in (
            (price, 1_000, "minimum_price"),
            (target, 1, "target_utilization"),
            (initial_price_factor, 1, "initial_price_factor"),
            (max_price_factor, 1, "max_price_factor"),
        ):
            if value < least:
                raise Invalid(f"{field_name} is too small", field=field_name)
        return cls(
            name=name,
            kind=kind,
            capacity=parse_quantity(capacity, "capacity", 3),
            min_price=price,
            target_permille=target,
            initial_price_factor=initial_price_factor,
            max_price_factor=max_price_factor,
        )

    def rate(self, quantity: Any, duration_ms: Any) -> Any:
        """What a bundle that names ``quantity`` milli-units occupies of it, in milli-units,
        rounded up: of integers, or of whole columns of them that calculate like integers."""
        return quantity if self.kind is Kind.RATE else -(-quantity * MILLI // duration_ms)


def all_rates(bundle: Bundle, further: tuple[FurtherResource, ...]) -> Rates:
    """What ``bundle`` occupies of the four and of ``further``, in that order.

    What it names beyond them is not rationed: it was, when the bid was placed, and has been
    taken out of the configuration since.
    """
    rates = bundle.rates
    if not further:
        return rates
    return rates + tuple(
        one.rate(bundle.further_milli(one.name), bundle.duration_ms) for one in further
    )


def require_known(bundle: Bundle, further: tuple[FurtherResource, ...], field: str) -> None:
    """Raises:
    Invalid: ``bundle`` names a resource that the economy does not have; ``field`` is the
        prefix of its name.
    """
    known = {one.name for one in further}
    for name, _ in bundle.further:
        if name not in known:
            raise Invalid(f"{field}{name} is not a known field"[:200], field=f"{field}{name}"[:120])
