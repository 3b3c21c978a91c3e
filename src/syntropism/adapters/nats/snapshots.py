"""Snapshots in JetStream's object store."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Coroutine
from typing import Any, BinaryIO, Final, TypeVar

from attrs import define, field
from nats import errors
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError, ObjectNotFoundError
from nats.js.object_store import ObjectStore

from syntropism.adapters.nats.link import CALL_SECONDS, Link, Unreachable, Unusable
from syntropism.application.ports.sandbox import ProviderFailed

R = TypeVar("R")

BUCKET: Final = "WORKSPACES"
TRAVEL_SECONDS: Final = 60.0
"""How long one object may take to come or go."""

INTERRUPTED_SECONDS: Final = 600.0
"""Pieces that have belonged to nothing for so long were left by an upload that never ended."""


@define
class JetStreamSnapshots:
    """Objects in one bucket, which is made when it is first needed. The digest of each is checked
    when it is fetched."""

    link: Link
    bucket: str = BUCKET
    replicas: int = 1
    travel_seconds: float = TRAVEL_SECONDS
    interrupted_seconds: float = INTERRUPTED_SECONDS
    seconds: Callable[[], float] = time.monotonic
    _found: ObjectStore | None = None
    _loose: dict[str, float] = field(factory=dict, init=False)
    """Since when pieces have been seen to belong to nothing."""

    def put(self, name: str, content: BinaryIO) -> None:
        """See the port."""
        self._call(lambda: self._put(name, content), self.travel_seconds)

    def fetch(self, name: str, target: BinaryIO) -> None:
        """See the port."""
        self._call(lambda: self._fetch(name, target), self.travel_seconds)

    def names(self) -> list[str]:
        """See the port."""
        return self._call(self._names, self.travel_seconds)

    def remove(self, name: str) -> None:
        """See the port."""
        self._call(lambda: self._remove(name), 2 * CALL_SECONDS)

    def _call(self, ask: Callable[[], Coroutine[Any, Any, R]], seconds: float) -> R:
        try:
            self.link.open()
            return self.link.call(ask(), seconds)
        except (Unreachable, Unusable) as problem:
            self._found = None
            raise ProviderFailed(f"the object store: {problem}") from None
        except ObjectNotFoundError:
            raise ProviderFailed("the object store has no such snapshot") from None
        except (errors.Error, JetStreamError, OSError) as problem:
            self._found = None
            reason = str(problem) or type(problem).__name__
            raise ProviderFailed(f"the object store at {self.link.shown}: {reason}") from None

    async def _store(self) -> ObjectStore:
        if self._found is None:
            jetstream = self.link.jetstream
            try:
                self._found = await jetstream.object_store(self.bucket)
            except NotFoundError:
                self._found = await jetstream.create_object_store(
                    bucket=self.bucket, replicas=self.replicas
                )
        return self._found

    async def _put(self, name: str, content: BinaryIO) -> None:
        await (await self._store()).put(name, content)  # type: ignore[arg-type]

    async def _fetch(self, name: str, target: BinaryIO) -> None:
        await (await self._store()).get(name, writeinto=target)  # type: ignore[arg-type]

    async def _names(self) -> list[str]:
        store = await self._store()
        described = await self._subjects("M")
        names = [urlsafe_b64decode(one.rpartition(".")[2]).decode() for one in described]
        pieces = await self._subjects("C")
        if len(pieces) > len(names):
            whole = {(await store.get_info(one, show_deleted=True)).nuid for one in names}
            await self._forget_loose({one for one in pieces if one.rpartition(".")[2] not in whole})
        return sorted(names)

    async def _forget_loose(self, loose: set[str]) -> None:
        """Removes the pieces that have belonged to nothing for too long."""
        now = self.seconds()
        self._loose = {one: self._loose.get(one, now) for one in loose}
        for subject, since in self._loose.items():
            if now - since >= self.interrupted_seconds:
                await self._purge(subject)

    async def _remove(self, name: str) -> None:
        store = await self._store()
        try:
            info = await store.get_info(name, show_deleted=True)
        except ObjectNotFoundError:
            return
        # The description goes first: what is left after a crash are loose pieces.
        await self._purge(f"$O.{self.bucket}.M.{urlsafe_b64encode(name.encode()).decode()}")
        await self._purge(f"$O.{self.bucket}.C.{info.nuid}")

    async def _subjects(self, kind: str) -> list[str]:
        info = await self.link.jetstream.stream_info(
            f"OBJ_{self.bucket}", subjects_filter=f"$O.{self.bucket}.{kind}.>"
        )
        return list(info.state.subjects or ())

    async def _purge(self, subject: str) -> None:
        await self.link.jetstream.purge_stream(f"OBJ_{self.bucket}", subject=subject)
