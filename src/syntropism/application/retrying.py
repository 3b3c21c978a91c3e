"""Transactions that lose against others are run again: the whole use case, from its start."""

from collections.abc import Callable
from functools import wraps
from random import uniform
from time import sleep
from typing import Final, ParamSpec, TypeVar

from syntropism.application.ports.unit_of_work import TryAgain, UnitOfWork, UnitOfWorkFactory

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS_MAX: Final = 10
"""How often a use case is begun before its failure is told."""

pause: Callable[[float], object] = sleep
"""How the seconds between two attempts are waited; a simulation lets time of its own pass."""

PAUSE_MS: Final = 10
"""The longest pause before the second attempt; each later one may be twice as long."""


def retried(use_case: Callable[P, T]) -> Callable[P, T]:
    """``use_case`` opens its unit of work, and does nothing outside of it before its commit.
    When the store says that nothing of it happened (``TryAgain``: a deadlock, a lost connection)
    it is called again, at most ``ATTEMPTS_MAX`` times, with pauses of random length between."""

    @wraps(use_case)
    def until_done(*arguments: P.args, **options: P.kwargs) -> T:
        for attempt in range(1, ATTEMPTS_MAX):
            try:
                return use_case(*arguments, **options)
            except TryAgain:
                pause(uniform(0, PAUSE_MS * 2**attempt) / 1000)
        return use_case(*arguments, **options)

    return until_done


@retried
def read(store: UnitOfWorkFactory, query: Callable[[UnitOfWork], T]) -> T:
    """What ``query`` finds in one consistent state."""
    with store(read_only=True) as uow:
        return query(uow)
