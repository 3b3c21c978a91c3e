"""What a clearing works on: candidates, the instance they form, and the allocation it yields.

Nothing here knows which resources exist: vectors have any length, the same for all.
"""

from collections.abc import Callable

from attrs import frozen

from syntropism.domain.errors import Invalid


@frozen(slots=True)
class Candidate:
    """One all-or-nothing offer in one clearing.

    ``amount`` is the offer, ``reserve`` the least it may pay and ``cost`` what its bundle costs
    at posted prices, all in micro-credits; ``rates`` is what it would occupy, in milli-units.
    ``age`` counts lost rounds; ``sequence``, then ``id``, break ties (smaller first).

    Raises:
        Invalid: an amount below the reserve, a cost below one micro-credit, or a negative
            reserve, rate or age. ``details["field"]`` names it.
    """

    id: str
    amount: int
    reserve: int
    cost: int
    rates: tuple[int, ...]
    age: int = 0
    sequence: int = 0

    def __attrs_post_init__(self) -> None:
        if self.reserve < 0:
            raise Invalid("reserve must not be negative", field="reserve", id=self.id)
        if self.amount < self.reserve:
            raise Invalid("amount is below the reserve", field="amount", id=self.id)
        if self.cost < 1:
            raise Invalid("cost must be at least one micro-credit", field="cost", id=self.id)
        if self.age < 0:
            raise Invalid("age must not be negative", field="age", id=self.id)
        if self.rates and min(self.rates) < 0:
            raise Invalid("rates must not be negative", field="rates", id=self.id)


@frozen(slots=True)
class Instance:
    """One clearing to be solved: ``candidates`` over ``free`` capacity (milli-units).

    ``ageing_permille`` is α, by how many thousandths each lost round raises a candidate's rank.

    Raises:
        Invalid: vectors of different lengths, a negative number, or two candidates with one id.
    """

    candidates: tuple[Candidate, ...]
    free: tuple[int, ...]
    ageing_permille: int = 0

    def __attrs_post_init__(self) -> None:
        if self.ageing_permille < 0:
            raise Invalid("ageing must not be negative", field="ageing_permille")
        if any(rate < 0 for rate in self.free):
            raise Invalid("free capacity must not be negative", field="free")
        length = len(self.free)
        for candidate in self.candidates:
            if len(candidate.rates) != length:
                raise Invalid(
                    f"rates must name all {length} resources", field="rates", id=candidate.id
                )
        if len({candidate.id for candidate in self.candidates}) != len(self.candidates):
            raise Invalid("candidate ids must be unique", field="id")


Weight = Callable[[Candidate, int], tuple[int, int]]
"""What one micro-credit of a candidate counts in the ranking, as an exact fraction
``(numerator, denominator)`` that depends on α and the candidate, but never on its amount."""


@frozen(slots=True)
class ShadowPrices:
    """λ: what the whole free capacity of each resource is worth, as integers.

    ``values`` are in 2⁻³⁰ of ``unit`` micro-credits.
    """

    values: tuple[int, ...]
    unit: int


@frozen(slots=True)
class Allocation:
    """Who wins an instance, and what is left over.

    A strategy that walks down a ranking says by which ``weight`` and leaves the whole
    ``ranking``, so that payments can be derived from it; another one leaves both out.
    What a strategy proved on its way goes into the certificate: ``bound``, in micro-credits,
    above any allocation of the instance, or the shadow prices it worked with, or both.
    """

    winners: tuple[Candidate, ...]
    """In the order in which they were accepted."""
    left: tuple[int, ...]
    ranking: tuple[Candidate, ...] = ()
    weight: Weight | None = None
    bound: int | None = None
    shadow_prices: ShadowPrices | None = None
    remark: str = ""
    """What whoever asked should know: a limit reached, another strategy used instead."""

    @property
    def welfare(self) -> int:
        """The sum of the winners' amounts, in micro-credits."""
        return sum(winner.amount for winner in self.winners)
