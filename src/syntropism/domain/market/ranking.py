"""The order in which candidates are tried: exact, total, and independent of arrival.

The key is (weighted amount, amount, earlier submission, id). No float takes part.
"""

from collections.abc import Sequence

from syntropism.domain.market.candidates import Candidate, Weight

PERMILLE = 1_000


def density_weight(candidate: Candidate, ageing_permille: int) -> tuple[int, int]:
    """The weight behind the aged density b·(1 + α·age)/s."""
    return PERMILLE + ageing_permille * candidate.age, candidate.cost


def total_weight(candidate: Candidate, ageing_permille: int) -> tuple[int, int]:
    """The weight behind the aged total b·(1 + α·age)."""
    return PERMILLE + ageing_permille * candidate.age, 1


def rank(
    candidates: Sequence[Candidate], weight: Weight, ageing_permille: int
) -> tuple[Candidate, ...]:
    """``candidates``, best first.

    Weighted amounts are fractions whose denominators are at most D, so two different ones lie
    at least 1/D² apart: scaled by a power of two above D² and rounded down they are integers
    that are equal or ordered exactly as the fractions are.
    """
    weights = [weight(candidate, ageing_permille) for candidate in candidates]
    shift = 2 * max((denominator for _, denominator in weights), default=1).bit_length()
    keys = [
        (-((one.amount * numerator << shift) // denominator), -one.amount, one.sequence, one.id)
        for one, (numerator, denominator) in zip(candidates, weights, strict=True)
    ]
    return tuple(candidates[i] for i in sorted(range(len(keys)), key=keys.__getitem__))


def smallest_amount_beating(
    rival: Candidate, challenger: Candidate, weight: Weight, ageing_permille: int
) -> int:
    """The least amount (micro-credits) with which ``challenger`` ranks before ``rival``."""
    numerator, denominator = weight(challenger, ageing_permille)
    rival_numerator, rival_denominator = weight(rival, ageing_permille)
    amount, rest = divmod(
        rival.amount * rival_numerator * denominator, rival_denominator * numerator
    )
    if rest:
        return amount + 1
    tie = (-amount, challenger.sequence, challenger.id)
    return amount if tie < (-rival.amount, rival.sequence, rival.id) else amount + 1
