"""What is removed now and then, besides the cycle."""

import logging
import time
from collections.abc import Callable
from typing import Final

from attrs import define, field

from syntropism.application.commands.leading import Leadership
from syntropism.application.ports.sandbox import ProviderFailed

EVERY_SECONDS: Final = 60.0

_log: Final = logging.getLogger("syntropism.tidying")


@define
class Tidying:
    """Does its chores, each of which tells how much it removed, at most every so often. They hear
    which lead they are done under, if any: what they write is fenced by it."""

    chores: tuple[Callable[[Leadership | None], int], ...]
    every_seconds: float = EVERY_SECONDS
    seconds: Callable[[], float] = time.monotonic
    _done: float = field(default=float("-inf"), init=False)

    def now_and_then(self, lead: Leadership | None = None) -> int:
        """Does them, if the last time is long enough ago; how much was removed. That a host or
        the object store refuses is no reason to stop anything: next time will do.

        Raises:
            Conflict: somebody else has been elected since.
        """
        if self.seconds() - self._done < self.every_seconds:
            return 0
        self._done = self.seconds()
        removed = 0
        for chore in self.chores:
            try:
                removed += chore(lead)
            except ProviderFailed as fault:
                _log.warning("not everything was tidied up: %s", fault)
        return removed
