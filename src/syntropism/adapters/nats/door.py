"""The door for agents over NATS: request and reply, onto the very handlers of the HTTP door."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

from attrs import define, field
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from syntropism.adapters.nats.hosting import Application, Reply, ask
from syntropism.adapters.nats.link import Link
from syntropism.adapters.nats.subjects import ROOTS, Target, find
from syntropism.application.documents import timestamp
from syntropism.application.ports.tokens import AgentIdentity, TokenIssuer
from syntropism.domain.errors import Unauthenticated

QUEUE: Final = "syntropism-api"
"""Replicas share what is asked under this name."""

INBOX: Final = "_INBOX."
ERROR_CODE: Final = "Nats-Service-Error-Code"
ERROR: Final = "Nats-Service-Error"
"""How services over NATS say that an answer is a refusal: its status, and its code."""

BASE_PATH: Final = "/api/v1"
AT_ONCE: Final = 64
HEADERS_BYTES: Final = 1_024
QUERY_FIELDS_MAX: Final = 20

_HEADERS: Final = ("authorization", "idempotency-key")
_log: Final = logging.getLogger("syntropism.nats")


@define
class Door:
    """Answers on the subjects of :mod:`subjects`, at most ``AT_ONCE`` at a time.

    An answer goes to an inbox and nowhere else, or an agent could let us publish for it what it
    may not. With ``private_inboxes`` (where credentials are per execution) it goes only to an
    inbox of the execution that asks.
    """

    link: Link
    application: Application
    tokens: TokenIssuer
    now: Callable[[], datetime]
    version: str = "0"
    private_inboxes: bool = False
    _subscriptions: list[Subscription] = field(factory=list)
    _turns: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE))
    _answering: set[asyncio.Task[None]] = field(factory=set)

    def open(self) -> None:
        """Listens. Subscriptions outlive a lost connection."""
        if not self._subscriptions:
            self.link.call(self._subscribe())

    def step(self) -> bool:
        """Nothing: messages come by themselves."""
        return False

    def close(self) -> None:
        """Hears nothing more; what was heard is answered."""
        self.link.call(self._unsubscribe())

    async def _subscribe(self) -> None:
        for root in ROOTS:
            subscription = await self.link.client.subscribe(f"{root}.>", QUEUE, self._hear)
            self._subscriptions.append(subscription)
        await self.link.client.flush()

    async def _unsubscribe(self) -> None:
        for subscription in self._subscriptions:
            with suppress(Exception):
                await subscription.unsubscribe()
        self._subscriptions.clear()
        if self._answering:
            await asyncio.wait(self._answering, timeout=3)
        with suppress(Exception):
            await self.link.client.flush()

    async def _hear(self, message: Msg) -> None:
        if not message.reply.startswith(INBOX):
            return  # request and reply: where no answer is wanted nothing is done
        await self._turns.acquire()
        task = asyncio.ensure_future(self._answer(message))
        self._answering.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        self._turns.release()

    async def _answer(self, message: Msg) -> None:
        try:
            reply = await self._reply(message)
            if reply is not None:
                await self._send(message.reply, reply)
        except Exception:
            _log.exception("a request on %s failed", message.subject)

    async def _reply(self, message: Msg) -> Reply | None:
        headers = {name.lower(): value for name, value in (message.headers or {}).items()}
        identity = self._identity(headers.get("authorization", ""))
        if identity is not None and not self._may_answer(identity, message.reply):
            return None
        found = find(message.subject)
        if found is None:
            return self._refusal(404, "NOT_FOUND", "there is no such subject")
        if identity is not None and found.own and found.own != identity.agent_id:
            return self._refusal(403, "FORBIDDEN", "this is another agent's")
        return await self._ask(found, headers, message.data)

    async def _ask(self, found: Target, headers: Mapping[str, str], data: bytes) -> Reply:
        route, path, query, body = found.route, found.path, {}, data
        if route.method == "GET" or route.field:
            try:
                fields = _fields(data)
            except ValueError as problem:
                return self._refusal(400, "MALFORMED", f"the payload {problem}")
            if route.field:
                named = fields.pop(route.field, "")
                if not named:
                    text, where = f"{route.field} is missing", {"field": route.field}
                    return self._refusal(422, "INVALID", text, where)
                path = path.replace(f"{{{route.field}}}", named)
                if fields:
                    name = next(iter(fields))
                    return self._refusal(422, "INVALID", "unknown field", {"field": name[:200]})
            query, body = fields, b""
        kept = {name: headers[name] for name in _HEADERS if name in headers}
        target = BASE_PATH + path
        return await ask(self.application, route.method, target, query, kept, body)

    def _identity(self, header: str) -> AgentIdentity | None:
        """Who asks, as far as the answer's way goes; whether it may is the application's to say."""
        token = header.partition(" ")[2].strip()
        try:
            return self.tokens.verify(token, self.now()) if token.count(".") == 2 else None
        except Unauthenticated:
            return None

    def _may_answer(self, identity: AgentIdentity, inbox: str) -> bool:
        return not self.private_inboxes or inbox.startswith(f"{INBOX}{identity.execution_id}.")

    def _refusal(
        self, status: int, code: str, text: str, details: Mapping[str, Any] | None = None
    ) -> Reply:
        document = {
            "error": {"code": code, "message": text, "details": dict(details or {})},
            "meta": {
                "timestamp": timestamp(self.now()),
                "version": self.version,
                "request_id": f"nats-{token_hex(8)}",
            },
        }
        return Reply(status, {}, json.dumps(document).encode("ascii"))

    async def _send(self, inbox: str, reply: Reply) -> None:
        client = self.link.client
        if len(reply.body) > client.max_payload - HEADERS_BYTES:
            limit = client.max_payload - HEADERS_BYTES
            text = f"the answer is larger than {limit} bytes: ask for a smaller page"
            reply = self._refusal(413, "TOO_LARGE", text, {"limit_bytes": limit})
        headers: dict[str, str] = {}
        if reply.status != 200:
            headers[ERROR_CODE] = str(reply.status)
            headers[ERROR] = str(json.loads(reply.body)["error"]["code"])
        if "retry-after" in reply.headers:
            headers["Retry-After"] = reply.headers["retry-after"]
        await client.publish(inbox, reply.body, headers=headers or None)


def _fields(data: bytes) -> dict[str, str]:
    """A flat JSON object, as the fields of a query.

    Raises:
        ValueError: it is something else.
    """
    if not data:
        return {}
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(found, dict) or len(found) > QUERY_FIELDS_MAX:
        raise ValueError("must be a small JSON object")
    fields = {}
    for name, value in found.items():
        if isinstance(value, bool):
            value = "true" if value else "false"
        if not isinstance(value, str | int):
            raise ValueError("must hold text, whole numbers and truth values only")
        fields[name] = str(value)
    return fields
