"""How often Python looks for garbage in a process that runs cycles."""

import gc
from typing import Final

THRESHOLDS: Final = (100_000, 20, 100)
"""A cycle makes records by the hundred thousand and drops them whole, so reference counting
frees them; looking through them again and again for circles took a quarter of its time (20,000
bids on SQLite: 1.73 s of CPU time with Python's thresholds, 1.26 s with these)."""


def collect_seldom() -> None:
    """Makes Python look for garbage that refers to itself seldom, in the whole process."""
    gc.set_threshold(*THRESHOLDS)
