"""A durable consumer of published events, as a part of the gateway."""

import json
import logging
import time
from datetime import timedelta
from typing import Any, Final

from attrs import define, field
from nats import errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError

from syntropism.adapters.nats.link import Link, Unreachable
from syntropism.adapters.nats.publisher import STREAM, subject
from syntropism.application.consuming import Consumer

BATCH: Final = 32
WAIT_SECONDS: Final = 0.05
ACK_SECONDS: Final = 30.0
FORGET_EVERY_SECONDS: Final = 3_600.0

_log: Final = logging.getLogger("syntropism.nats")


@define
class ConsumingPart:
    """Gives events of type ``kind`` to ``consumer`` and acknowledges those that had their effect.
    Replicas share the durable consumer of its name. What nobody can make sense of is put aside
    with one line in the log. ``kept`` is how long the stream keeps events."""

    link: Link
    consumer: Consumer
    kind: str
    kept: timedelta
    _subscription: JetStreamContext.PullSubscription | None = field(default=None)
    _forgot: float = 0.0

    def open(self) -> None:
        """Makes the durable consumer; a new one begins with the newest event."""
        self._subscription = self._call(self._open())

    def step(self) -> bool:
        """Takes what is there."""
        assert self._subscription is not None
        messages: list[Msg] = self._call(self._fetch(self._subscription))
        for message in messages:
            self._take(message)
        if time.monotonic() - self._forgot > FORGET_EVERY_SECONDS:
            self._forgot = time.monotonic()
            self.consumer.forget(2 * self.kept)
        return len(messages) == BATCH

    def close(self) -> None:
        """Lets others take the rest."""
        self._subscription = None

    def _take(self, message: Msg) -> None:
        try:
            self.consumer.take(json.loads(message.data))
        except (ValueError, LookupError, TypeError) as problem:
            _log.warning(
                "%s: put aside a message that is no event (%s)", self.consumer.name, problem
            )
            self._call(message.term())
        else:
            self._call(message.ack())

    def _call(self, coroutine: Any) -> Any:
        try:
            return self.link.call(coroutine)
        except (errors.Error, JetStreamError, OSError) as problem:
            reason = str(problem) or type(problem).__name__
            where = f"the consumer {self.consumer.name} at {self.link.shown}"
            raise Unreachable(f"{where}: {reason}") from None

    async def _open(self) -> JetStreamContext.PullSubscription:
        config = ConsumerConfig(
            durable_name=self.consumer.name,
            deliver_policy=DeliverPolicy.LAST,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_SECONDS,
            filter_subject=subject(self.kind),
        )
        jetstream = self.link.jetstream
        return await jetstream.pull_subscribe(
            subject(self.kind), durable=self.consumer.name, stream=STREAM, config=config
        )

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        try:
            return await subscription.fetch(BATCH, timeout=WAIT_SECONDS)
        except errors.TimeoutError:
            return []
