"""The execution queue as a JetStream work queue: one message per execution."""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final, TypeVar

from attrs import define, field
from nats import errors
from nats.aio.msg import Msg
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamError

from syntropism.adapters.nats.link import CALL_SECONDS, Link, Unreachable, Unusable
from syntropism.adapters.nats.refusals import passes, reason_of
from syntropism.application.ports.execution_queue import Delivery, QueueItem
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.domain.identifiers import ExecutionId, WorkerId

R = TypeVar("R")

STREAM: Final = "WORK"
CLAIM_SECONDS: Final = 60.0
"""How long a claim lasts without being extended."""

PATIENCE_SECONDS: Final = 5.0
"""How long an item waits for the worker it was offered to."""

IDLE_SECONDS: Final = 86_400.0
"""After so long the place of a worker that never came back is given up."""

CLAIMS_KEPT: Final = 10_000

_ANYBODY: Final = "anybody"
_THERE_ALREADY: Final = 10077
"""The subject holds its one message."""


@define
class JetStreamQueue:
    """Each execution is one message on a subject of its own, so an offer that is repeated adds
    nothing, for whichever attempt; what was claimed and not acknowledged in time is delivered
    again, by the server. What is for one worker waits on a subject of that worker, where others
    look after a while.

    That a receipt has run out is known where it was given out; another process passes it on to
    the server, and the row decides as ever.
    """

    link: Link
    claim_seconds: float = CLAIM_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    replicas: int = 1
    _consumers: set[str] = field(factory=set)
    _claims: dict[str, float] = field(factory=dict)
    _lock: Lock = field(factory=Lock)
    _ready: bool = False

    def offer(self, items: Sequence[QueueItem]) -> None:
        """See the port."""
        if items:
            self._call(self._offer(items))

    def claim(self, worker_id: WorkerId, limit: int) -> list[Delivery]:
        """See the port."""
        messages = self._call(self._claim(_target(worker_id), limit))
        until = time.monotonic() + self.claim_seconds
        with self._lock:
            while len(self._claims) > CLAIMS_KEPT:
                del self._claims[next(iter(self._claims))]
            self._claims.update((one.reply, until) for one in messages)
        return [Delivery(ExecutionId(json.loads(one.data)["id"]), one.reply) for one in messages]

    def extend(self, receipt: str) -> None:
        """See the port."""
        if self._holds(receipt):
            self._call(self._say(receipt, b"+WPI"))
            with self._lock:
                self._claims[receipt] = time.monotonic() + self.claim_seconds

    def done(self, receipt: str) -> None:
        """See the port."""
        if self._holds(receipt):
            self._call(self._say(receipt, b"+ACK"))
            self._forget(receipt)

    def give_back(self, receipt: str, delay_ms: int) -> None:
        """See the port."""
        if self._holds(receipt):
            delay = json.dumps({"delay": delay_ms * 1_000_000}) if delay_ms else ""
            self._call(self._say(receipt, f"-NAK {delay}".rstrip().encode("ascii")))
            self._forget(receipt)

    def _holds(self, receipt: str) -> bool:
        if not receipt.startswith("$JS.ACK."):
            return False
        with self._lock:
            return self._claims.get(receipt, float("inf")) > time.monotonic()

    def _forget(self, receipt: str) -> None:
        with self._lock:
            self._claims[receipt] = 0.0

    def _call(self, coroutine: Coroutine[Any, Any, R]) -> R:
        try:
            try:
                self.link.open()
            except BaseException:
                coroutine.close()  # it has not begun; once it has, it is the loop's to end
                raise
            return self.link.call(coroutine, 2 * CALL_SECONDS)
        except (Unreachable, Unusable) as problem:
            self._ready = False
            away = StorageAway if isinstance(problem, Unreachable) else StorageFailed
            raise away(f"the execution queue: {problem}") from None
        except (errors.Error, JetStreamError, OSError) as problem:
            self._ready = False
            self._consumers.clear()
            away = StorageAway if passes(problem) else StorageFailed
            raise away(f"the execution queue: {reason_of(self.link, problem)}") from None

    async def _prepare(self) -> None:
        if self._ready:
            return
        config = StreamConfig(
            name=STREAM,
            description="Executions that wait for a worker",
            subjects=["work.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            discard_new_per_subject=True,
            max_msgs_per_subject=1,
            num_replicas=self.replicas,
        )
        jetstream = self.link.jetstream
        try:
            await jetstream.stream_info(STREAM)
        except NotFoundError:
            await jetstream.add_stream(config)
        self._ready = True

    async def _offer(self, items: Sequence[QueueItem]) -> None:
        await self._prepare()
        jetstream = self.link.jetstream
        sent = [
            jetstream.publish(
                f"work.{_target(item.worker_id)}.{item.execution_id}",
                json.dumps({"id": item.execution_id}).encode("ascii"),
                timeout=CALL_SECONDS,
            )
            for item in items
        ]
        for answer in await asyncio.gather(*sent, return_exceptions=True):
            known = isinstance(answer, APIError) and answer.err_code == _THERE_ALREADY
            if isinstance(answer, BaseException) and not known:
                raise answer

    async def _claim(self, target: str, limit: int) -> list[Msg]:
        await self._prepare()
        found = await self._pull(target, limit)
        if len(found) < limit:
            found += await self._pull(_ANYBODY, limit - len(found))
        if len(found) < limit:
            for other in await self._others(target):
                if len(found) < limit and await self._waited(other):
                    found += await self._waiting(other, limit - len(found))
        return sorted(found, key=lambda one: one.metadata.sequence.stream)

    async def _others(self, target: str) -> list[str]:
        info = await self.link.jetstream.stream_info(STREAM, subjects_filter="work.*.*")
        subjects: Iterable[str] = info.state.subjects or ()
        return sorted({one.split(".")[1] for one in subjects} - {target, _ANYBODY})

    async def _waited(self, target: str) -> bool:
        """Whether the oldest item of a worker has been there for long enough."""
        try:
            first = await self.link.jetstream.get_msg(
                STREAM, seq=1, subject=f"work.{target}.>", next=True
            )
        except NotFoundError:
            return False
        return first.time is not None and self._old(first.time)

    async def _waiting(self, target: str, limit: int) -> list[Msg]:
        found = await self._pull(target, limit)
        young = [one for one in found if not self._old(one.metadata.timestamp)]
        for one in young:
            await self.link.client.publish(one.reply, b"-NAK")
        return [one for one in found if one not in young]

    def _old(self, moment: datetime) -> bool:
        return (datetime.now(UTC) - moment).total_seconds() >= self.patience_seconds

    async def _pull(self, target: str, limit: int) -> list[Msg]:
        """What is there for ``target`` now."""
        await self._consumer(target)
        client = self.link.client
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        found: list[Msg] = []
        try:
            asked = json.dumps({"batch": limit, "no_wait": True}).encode("ascii")
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{target}"
            await client.publish(subject, asked, reply=inbox)
            while len(found) < limit:
                try:
                    message = await answers.next_msg(timeout=CALL_SECONDS)
                except errors.TimeoutError:
                    if found:
                        break  # what came is claimed already
                    raise
                if (message.headers or {}).get("Status"):
                    break  # that was all
                found.append(message)
        finally:
            await answers.unsubscribe()
        return found

    async def _consumer(self, target: str) -> None:
        if target in self._consumers:
            return
        config = ConsumerConfig(
            durable_name=target,
            filter_subject=f"work.{target}.>",
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self.claim_seconds,
            max_ack_pending=-1,
            inactive_threshold=None if target == _ANYBODY else IDLE_SECONDS,
        )
        await self.link.jetstream.add_consumer(STREAM, config)
        self._consumers.add(target)

    async def _say(self, receipt: str, word: bytes) -> None:
        if word == b"+ACK":
            await self.link.client.request(receipt, word, timeout=CALL_SECONDS)
        else:
            await self.link.client.publish(receipt, word)
            await self.link.client.flush()


def _target(worker_id: WorkerId | None) -> str:
    """The word of a subject, and the name of a consumer, that stands for a worker."""
    return _ANYBODY if worker_id is None else f"for-{worker_id.encode().hex()}"
