"""``GET /events``: what happens, as server-sent events that can be resumed."""

import json
from collections.abc import AsyncIterator
from typing import Final

from attrs import define
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from syntropism.adapters.rest.door import Door, query_of
from syntropism.adapters.rest.feed import Feed
from syntropism.adapters.rest.operations import Access, Call, Operation
from syntropism.adapters.rest.schemas import Nothing
from syntropism.application.event_documents import event_document
from syntropism.domain.errors import Invalid, RateLimited
from syntropism.domain.events import Event

READERS_MAX: Final = 200
HEARTBEAT_SECONDS: Final = 15.0
DIGITS_MAX: Final = 15
"""Of an event's number: no history is longer."""

_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_EXTRA: Final = {
    "parameters": [
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "description": "The id of the last event that was seen; without it only new ones come",
            "schema": {"type": "integer", "minimum": 0},
        },
        {
            "name": "after",
            "in": "query",
            "required": False,
            "description": "The same, for clients that cannot set the header at first",
            "schema": {"type": "integer", "minimum": 0},
        },
    ],
    "security": [{"token": []}],
    "responses": {
        "200": {
            "description": "Events without end, in the order in which they were committed",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        "default": {
            "description": "Refused",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        },
    },
}


@define
class EventStream:
    """Serves at most ``READERS_MAX`` readers at once."""

    door: Door
    feed: Feed
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    _readers: int = 0

    async def answer(self, request: Request) -> Response:
        """The stream for one reader.

        Raises:
            Unauthenticated, Forbidden: not an operator.
            Invalid: the last event is not one of this history.
            RateLimited: too many readers.
        """
        identity = await self.door.identify(_EVENTS, request)
        Call(identity, {}, {}, Nothing(), None).operator.require("viewer")
        after = _last_seen(request)
        newest = await self.feed.last()
        if after is not None and after > newest:
            raise Invalid(f"the newest event is {newest}", field="Last-Event-ID")
        if self._readers >= READERS_MAX:
            raise RateLimited("too many readers of events", retry_after_seconds=5)
        stream = self._stream(newest if after is None else after)
        return StreamingResponse(stream, headers=_HEADERS, media_type="text/event-stream")

    async def _stream(self, after: int) -> AsyncIterator[bytes]:
        self._readers += 1
        try:
            yield f"id: {after}\n\n".encode("ascii")  # so that a reader of none can resume too
            async for batch in self.feed.follow(after, self.heartbeat_seconds):
                yield b"".join(map(_message, batch)) or b": still here\n\n"
        finally:
            self._readers -= 1


def add_event_stream(app: FastAPI, stream: EventStream, base_path: str) -> None:
    """Adds ``GET /events``."""
    app.add_api_route(
        f"{base_path}/events",
        stream.door.answering("GET /events", stream.answer),
        methods=["GET"],
        name="GET /events",
        summary=_EVENTS.summary,
        tags=["events"],
        response_class=Response,
        openapi_extra=_EXTRA,
    )


def _nothing(_: Call) -> None:
    return None


_EVENTS: Final = Operation(
    access=Access.OPERATORS,
    method="GET",
    path="/events",
    summary="What happens, as server-sent events; resumes after Last-Event-ID",
    run=_nothing,
    query=("after",),
)


def _last_seen(request: Request) -> int | None:
    query = dict(query_of(_EVENTS, request))
    header = request.headers.get("last-event-id", "").strip()
    if header:
        query["after"] = header  # a reconnecting client repeats the query it began with
    if "after" not in query:
        return None
    text = query["after"]
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise Invalid("the last event is named by a whole number", field="Last-Event-ID")
    return int(text)


def _message(event: Event) -> bytes:
    data = json.dumps(event_document(event), separators=(",", ":"))
    return f"id: {event.sequence}\nevent: {event.type}\ndata: {data}\n\n".encode("ascii")
