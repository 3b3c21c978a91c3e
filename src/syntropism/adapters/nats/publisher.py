"""Events into a JetStream stream, each on the subject ``events.<type>``."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from nats import errors
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamError

from syntropism.adapters.nats.link import CALL_SECONDS, Link, Unreachable
from syntropism.adapters.nats.refusals import reason_of
from syntropism.application.event_documents import event_document
from syntropism.application.ports.event_publisher import Published, PublishFailed, Superseded
from syntropism.domain.events import Event
from syntropism.domain.identifiers import EventId

R = TypeVar("R")

STREAM: Final = "EVENTS"
SUBJECTS: Final = "events.>"
SEQUENCE: Final = "Syntropism-Sequence"
"""The header that holds an event's place in the history."""

DUPLICATE_SECONDS: Final = 120.0
"""How long the server itself remembers ids; what publishes looks further back."""

_WRONG_LAST_SEQUENCE: Final = 10071


def subject(kind: str) -> str:
    """Where events of a type are published."""
    return f"events.{kind}"


class JetStreamPublisher:
    """Publishes in order: each message names the one before it, so the stream itself refuses
    what comes from a publisher that somebody else has overtaken."""

    def __init__(self, link: Link, kept: timedelta, replicas: int = 1) -> None:
        self._link = link
        self._kept = kept
        self._replicas = replicas
        self._expected = 0

    def ensure(self) -> None:
        """Creates the stream, or brings its limits up to date.

        Raises:
            PublishFailed: it cannot be reached, or does not take the stream.
        """
        self._call(self._ensure())

    def resume(self) -> Published | None:
        out, self._expected = self._call(self._newest())
        return out

    def publish(self, events: Sequence[Event]) -> None:
        self._call(self._publish(events))

    def _call(self, coroutine: Coroutine[Any, Any, R]) -> R:
        try:
            return self._link.call(coroutine, 2 * CALL_SECONDS)
        except Unreachable as problem:
            raise PublishFailed(str(problem)) from None
        except APIError as refusal:
            if refusal.err_code == _WRONG_LAST_SEQUENCE:
                raise Superseded(str(refusal.description)) from None
            raise PublishFailed(reason_of(self._link, refusal)) from None
        except (errors.Error, JetStreamError, OSError) as problem:
            raise PublishFailed(reason_of(self._link, problem)) from None

    async def _ensure(self) -> None:
        config = StreamConfig(
            name=STREAM,
            description="Everything that happens in a Syntropism economy",
            subjects=[SUBJECTS],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=self._kept.total_seconds(),
            duplicate_window=min(DUPLICATE_SECONDS, self._kept.total_seconds()),
            num_replicas=self._replicas,
            allow_direct=True,
        )
        jetstream = self._link.jetstream
        try:
            await jetstream.stream_info(STREAM)
        except NotFoundError:
            await jetstream.add_stream(config)
        else:
            await jetstream.update_stream(config)

    async def _newest(self) -> tuple[Published | None, int]:
        jetstream = self._link.jetstream
        last = (await jetstream.stream_info(STREAM)).state.last_seq
        try:
            message = await jetstream.get_msg(STREAM, last) if last else None
        except NotFoundError:
            message = None
        headers = (message.headers if message else None) or {}
        sequence, event_id = headers.get(SEQUENCE, ""), headers.get("Nats-Msg-Id", "")
        known = sequence.isdigit() and event_id
        return (Published(int(sequence), EventId(event_id)) if known else None), last

    async def _publish(self, events: Sequence[Event]) -> None:
        jetstream = self._link.jetstream
        sent = [
            asyncio.ensure_future(
                jetstream.publish(
                    subject(event.type),
                    json.dumps(event_document(event), separators=(",", ":")).encode("ascii"),
                    timeout=CALL_SECONDS,
                    headers={
                        "Nats-Msg-Id": event.id,
                        "Nats-Expected-Stream": STREAM,
                        "Nats-Expected-Last-Sequence": str(self._expected + number),
                        SEQUENCE: str(event.sequence),
                    },
                )
            )
            for number, event in enumerate(events)
        ]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            if answer.duplicate:
                raise APIError(
                    err_code=_WRONG_LAST_SEQUENCE, description="the stream has this event already"
                )
        self._expected += len(events)
