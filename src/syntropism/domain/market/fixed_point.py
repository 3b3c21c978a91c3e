"""The exponential in integers, so that no platform's floating point decides a price."""

from functools import lru_cache
from typing import Final

FRACTION_BITS: Final = 64
ONE: Final = 1 << FRACTION_BITS
"""1.0 as a fixed-point number."""


@lru_cache(maxsize=1024)  # prices move by the same few steps, most of them the longest
def exponential_lower(exponent: int) -> int:
    """exp(``exponent``) for a fixed-point ``exponent`` ≥ 0, never above the true value.

    The Taylor series, each term rounded down; its terms vanish after some twenty for exponents
    up to one.
    """
    assert exponent >= 0, exponent
    total = term = ONE
    index = 0
    while term:
        index += 1
        term = term * exponent // (index << FRACTION_BITS)
        total += term
    return total


def scaled_by_exponential(value: int, exponent: int) -> int:
    """``value`` · exp(``exponent``), rounded towards ``value``.

    So the step is never larger than asked: |log(result / value)| ≤ |exponent|.
    """
    if exponent >= 0:
        return value * exponential_lower(exponent) >> FRACTION_BITS
    return -(-(value << FRACTION_BITS) // exponential_lower(-exponent))
