"""The order of tests that several processes share: those that compute between those that wait.

Folders are collected one after another: first come tests that wait for servers and containers,
last those that compute. The cores would be idle at first, and too few in the end.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

TESTS = Path(__file__).parent
COMPUTING = (TESTS / "properties" / "market", TESTS / "properties" / "simulation")
"""Folders of tests that only compute, and share no fixture of their module: each may come
anywhere."""
SHORT = TESTS / "unit"
"""Last, so that all processes end together."""


def spread(tests: Sequence[T], path_of: Callable[[T], Path]) -> list[T]:
    """``tests``, which are in order of their files: each file that computes is spread evenly
    among the other files, which stay whole and in their order."""
    whole: list[list[T]] = []
    placed: list[tuple[float, list[T]]] = []
    last: list[T] = []
    for path, of_file in groupby(tests, path_of):
        file = list(of_file)
        if path.is_relative_to(SHORT):
            last += file
        elif any(path.is_relative_to(folder) for folder in COMPUTING):
            placed += [((number + 0.5) / len(file), [one]) for number, one in enumerate(file)]
        else:
            whole.append(file)
    placed += [(number / len(whole), file) for number, file in enumerate(whole)]
    placed.sort(key=lambda one: one[0])
    return [one for _, some in placed for one in some] + last
