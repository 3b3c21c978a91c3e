"""Asking an ASGI application: the handlers of the HTTP door, without HTTP."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


@frozen(slots=True)
class Reply:
    """What the application answered; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(
    application: Application,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
) -> Reply:
    """One request, answered."""
    scope: Message = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode("ascii"),
        "query_string": urlencode(query).encode("ascii"),
        "root_path": "",
        "headers": [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in headers.items()
        ],
        "client": None,
        "server": None,
    }
    asked = False
    start: dict[str, Any] = {}
    answer = bytearray()

    async def receive() -> Message:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            answer.extend(message.get("body", b""))

    try:
        await application(scope, receive, send)
    except Exception:
        if not start:  # otherwise it has answered, and tells its server too
            raise
    return Reply(
        int(start["status"]),
        {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in start.get("headers", ())
        },
        bytes(answer),
    )
