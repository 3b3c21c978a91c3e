"""NATS KV: small JSON documents by key, changed by compare-and-set."""

import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

from attrs import define
from nats import errors
from nats.js.errors import Error as JetStreamError
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from syntropism.adapters.nats.link import Link, Unreachable

R = TypeVar("R")

TRIES_MAX: Final = 50
CHANGE_SECONDS: Final = 5.0

Document = Mapping[str, Any]
Change = Callable[[Document | None], Document | None]
"""From what is there (``None``: nothing) to what shall be (``None``: leave it)."""


@define
class Values:
    """One bucket. Entries that nobody changes are gone after ``kept`` (zero: never)."""

    link: Link
    bucket: str
    kept: timedelta = timedelta(0)
    replicas: int = 1
    _found: KeyValue | None = None

    def change(self, key: str, change: Change) -> Document | None:
        """Changes one entry, whoever else does so at the same time; what is there then.

        Raises:
            Unreachable: the server does not answer, or refuses.
        """
        return self._call(self._change(key, change))

    def get(self, key: str) -> Document | None:
        """One entry; ``None`` if there is none.

        Raises:
            Unreachable: the server does not answer, or refuses.
        """
        return self._call(self._get(key))[0]

    def remove(self, key: str) -> None:
        """Removes an entry. Repeatable.

        Raises:
            Unreachable: the server does not answer, or refuses.
        """
        self._call(self._remove(key))

    def _call(self, coroutine: Coroutine[Any, Any, R]) -> R:
        try:
            return self.link.call(coroutine, CHANGE_SECONDS)
        except (errors.Error, JetStreamError, OSError) as problem:
            self._found = None
            reason = str(problem) or type(problem).__name__
            raise Unreachable(f"the bucket {self.bucket} at {self.link.shown}: {reason}") from None

    async def _store(self) -> KeyValue:
        if self._found is None:
            jetstream = self.link.jetstream
            try:
                self._found = await jetstream.key_value(self.bucket)
            except NotFoundError:
                self._found = await jetstream.create_key_value(
                    bucket=self.bucket, ttl=self.kept.total_seconds(), replicas=self.replicas
                )
        return self._found

    async def _get(self, key: str) -> tuple[Document | None, int]:
        try:
            entry = await (await self._store()).get(key)
        except KeyNotFoundError as missing:
            revision = getattr(missing.entry, "revision", None)  # of its removal
            return None, revision or 0
        return json.loads(entry.value or b"null"), entry.revision or 0

    async def _change(self, key: str, change: Change) -> Document | None:
        for _ in range(TRIES_MAX):
            old, revision = await self._get(key)
            new = change(old)
            if new is None:
                return old
            raw = json.dumps(new, separators=(",", ":")).encode("ascii")
            try:
                await (await self._store()).update(key, raw, last=revision)
            except KeyWrongLastSequenceError:
                continue
            return new
        raise Unreachable(f"the entry {key} of {self.bucket} is changed by too many at once")

    async def _remove(self, key: str) -> None:
        await (await self._store()).delete(key)
