"""The newest events, read once for however many follow them."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from functools import partial
from itertools import takewhile
from typing import Final, TypeVar

from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.domain.events import Event

R = TypeVar("R")

BATCH: Final = 200
"""Most events that one follower holds at a time."""

KEPT: Final = 2_000
"""Most events that are kept for all of them."""

LOOK_SECONDS: Final = 0.2


class Feed:
    """Events in the order in which they were committed.

    Whoever is up to date is served from memory: the store is asked about new events once per
    ``LOOK_SECONDS``, not once per follower. Whoever is behind reads from the store, batch by
    batch, as fast as the own connection takes them; so no queue grows for a slow one.
    """

    def __init__(self, store: UnitOfWorkFactory, threads: Executor) -> None:
        self._store = store
        self._threads = threads
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._base = self._reach = -1  # what is kept is whole after the one, up to the other
        self._looked = 0.0
        self._closed = False

    def close(self) -> None:
        """Everybody who follows is let go within ``LOOK_SECONDS``."""
        self._closed = True

    async def last(self) -> int:
        """The sequence of the newest event; 0 before the first."""
        return await self._in_thread(self._read_last)

    async def follow(self, after: int, idle_seconds: float) -> AsyncIterator[list[Event]]:
        """Every event with a greater sequence than ``after``, in batches and in order, without
        end; an empty batch says that for ``idle_seconds`` there was none."""
        heard = time.monotonic()
        while not self._closed:
            batch = self._at_hand(after)
            if batch is None:
                batch = await self._in_thread(partial(self._read, after))
            if batch or time.monotonic() - heard >= idle_seconds:
                yield batch
                heard = time.monotonic()
            if batch:
                after = batch[-1].sequence
                continue
            await asyncio.sleep(LOOK_SECONDS)
            await self._look(after)

    def _at_hand(self, after: int) -> list[Event] | None:
        """What is kept of the events after ``after``; ``None`` if some of them may not be."""
        if not self._base <= after <= self._reach:
            return None
        newer = takewhile(lambda one: one.sequence > after, reversed(self._kept))
        return list(newer)[::-1][:BATCH] if after < self._reach else []

    async def _look(self, after: int) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        if self._reach < after:  # nobody followed for a while
            self._kept.clear()
            self._base = self._reach = after
        reach = self._reach
        found = await self._in_thread(partial(self._read, reach))
        if found and reach == self._reach:
            self._kept.extend(found)
            self._base = max(self._base, self._kept[0].sequence - 1)
            self._reach = found[-1].sequence

    def _read(self, after: int) -> list[Event]:
        with self._store(read_only=True) as uow:
            return uow.events.since(after, BATCH)

    def _read_last(self) -> int:
        with self._store(read_only=True) as uow:
            return uow.events.last_sequence()

    async def _in_thread(self, function: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)
