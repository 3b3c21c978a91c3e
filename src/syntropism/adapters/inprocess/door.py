"""The in-process door: the agent's transport, straight onto the System Service."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from syntropism.agent_sdk.syntropism_sdk import ApiError
from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.queries.losses import cycle_number
from syntropism.application.system_service import SystemService
from syntropism.domain import errors
from syntropism.domain.credits import parse_micro
from syntropism.domain.identifiers import AgentId, BidId, PromptId
from syntropism.domain.market.resources import Bundle

_STATUS: Final[tuple[tuple[type[errors.DomainError], int], ...]] = (
    (errors.Malformed, 400),
    (errors.Unauthenticated, 401),
    (errors.InsufficientCredits, 402),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.RateLimited, 429),
    (errors.Invalid, 422),
)

Handler = Callable[["InProcessDoor", "Call"], Any]


class Call:
    """One request: its path's parameter, its query, its body, its key."""

    def __init__(
        self,
        argument: str,
        query: Mapping[str, str],
        body: Mapping[str, Any],
        key: str | None,
    ) -> None:
        self.argument = argument
        self.key = key
        self._query = query
        self._body = dict(body)

    def take(self, name: str, default: Any = ...) -> Any:
        """A field of the body.

        Raises:
            Invalid: it is missing and has no default.
        """
        value = self._body.pop(name, default)
        if value is ...:
            raise errors.Invalid(f"{name} is missing", field=name)
        return value

    def text(self, name: str, default: Any = ...) -> str:
        """A field of the body that is text."""
        value = self.take(name, default)
        if not isinstance(value, str):
            raise errors.Invalid(f"{name} must be text", field=name)
        return value

    def money(self, name: str, default: Any = ...) -> int:
        """A field of the body that is money, in micro-credits."""
        return parse_micro(self.take(name, default), name)

    def done(self) -> None:
        """Raises:
        Invalid: a field that nobody knows.
        """
        for name in self._body:
            raise errors.Invalid(f"unknown field {name!r}", field=name)

    @property
    def page(self) -> tuple[int, str | None]:
        """The limit and the cursor of a list."""
        limit = self._query.get("limit", "50")
        if not limit.isdigit():
            raise errors.Invalid("limit must be a whole number", field="limit")
        return int(limit), self._query.get("cursor") or None

    @property
    def unread(self) -> bool:
        """Whether only unread messages are asked for."""
        return self._query.get("unread", "").lower() in ("1", "true")


def _offer(call: Call) -> BidRequest:
    bundle = Bundle.from_document(call.take("bundle"))
    amount = call.money("amount")
    fallback = call.take("fallback", None)
    if fallback is None:
        return BidRequest(bundle, amount)
    if not isinstance(fallback, Mapping):
        raise errors.Invalid("fallback must be an object", field="fallback")
    inner = Call("", {}, fallback, None)
    request = BidRequest(
        bundle,
        amount,
        Bundle.from_document(inner.take("bundle"), "fallback.bundle"),
        parse_micro(inner.take("amount"), "fallback.amount"),
    )
    inner.done()
    return request


def _files(value: object) -> dict[str, bytes]:
    if not isinstance(value, Mapping):
        raise errors.Invalid("files must be an object", field="files")
    files: dict[str, bytes] = {}
    for path, content in value.items():
        if isinstance(content, str):
            files[path] = content.encode("utf-8", "surrogatepass")
        elif isinstance(content, Mapping) and set(content) == {"base64"}:
            try:
                files[path] = base64.b64decode(str(content["base64"]), validate=True)
            except binascii.Error:
                raise errors.Invalid(f"{path} is not valid base64", field="files") from None
        else:
            raise errors.Invalid("a file is text or {base64}", field="files")
    return files


def _bid(door: "InProcessDoor", call: Call) -> Any:
    request = _offer(call)
    beneficiary = call.take("beneficiary_id", None)
    call.done()
    return door.service.place_bid(
        door.identity, request, AgentId(beneficiary) if beneficiary else None, call.key
    )


def _replace(door: "InProcessDoor", call: Call) -> Any:
    request = _offer(call)
    call.done()
    return door.service.replace_bid(door.identity, BidId(call.argument), request, call.key)


def _transfer(door: "InProcessDoor", call: Call) -> Any:
    to, amount, memo = call.text("to"), call.money("amount"), call.text("memo", "")
    call.done()
    return door.service.transfer(door.identity, AgentId(to), amount, memo, call.key)


def _message(door: "InProcessDoor", call: Call) -> Any:
    to, content = call.text("to"), call.text("content")
    call.done()
    return door.service.send_message(door.identity, AgentId(to), content, call.key)


def _spawn(door: "InProcessDoor", call: Call) -> Any:
    first = call.take("first_bid", None)
    request = BirthRequest(
        call.text("name"),
        call.money("endowment"),
        _files(call.take("files")),
        call.text("strategy", ""),
        None if first is None else _offer(Call("", {}, first, None)),
    )
    call.done()
    return door.service.spawn(door.identity, request, call.key)


def _prompt(door: "InProcessDoor", call: Call) -> Any:
    content, amount = call.text("content"), call.money("amount", 0)
    call.done()
    return door.service.submit_prompt(door.identity, content, amount, call.key)


def _reason(door: "InProcessDoor", call: Call) -> Any:
    text = call.text("text")
    call.done()
    return door.service.trace_reasoning(door.identity, text, call.key)


def _quote(door: "InProcessDoor", call: Call) -> Any:
    bundle = Bundle.from_document(call.take("bundle"))
    amount = call.take("amount", None)
    call.done()
    return door.service.quote(
        door.identity, bundle, None if amount is None else parse_micro(amount, "amount")
    )


_ROUTES: Final[tuple[tuple[str, re.Pattern[str], Handler], ...]] = tuple(
    (method, re.compile(pattern), handler)
    for method, pattern, handler in (
        ("GET", "/economic/balance", lambda d, _c: d.service.balance(d.identity)),
        (
            "GET",
            "/economic/balance/([^/]+)",
            lambda d, c: d.service.balance(d.identity, AgentId(c.argument)),
        ),
        ("POST", "/economic/transfer", _transfer),
        ("GET", "/economic/history", lambda d, c: d.service.history(d.identity, *c.page)),
        ("GET", "/market/prices", lambda d, _c: d.service.prices(d.identity)),
        ("GET", "/market/state", lambda d, _c: d.service.market_state(d.identity)),
        (
            "GET",
            "/market/state/([^/]+)",
            lambda d, c: d.service.market_state(d.identity, c.argument),
        ),
        ("POST", "/market/quote", _quote),
        ("POST", "/market/bid", _bid),
        ("GET", "/market/bids", lambda d, c: d.service.bids(d.identity, *c.page)),
        ("PUT", "/market/bid/([^/]+)", _replace),
        (
            "DELETE",
            "/market/bid/([^/]+)",
            lambda d, c: d.service.withdraw_bid(d.identity, BidId(c.argument), c.key),
        ),
        ("GET", "/market/history", lambda d, c: d.service.market_history(d.identity, *c.page)),
        (
            "GET",
            "/market/history/([^/]+)/losses",
            lambda d, c: d.service.market_losses(d.identity, cycle_number(c.argument), *c.page),
        ),
        ("POST", "/social/message", _message),
        (
            "GET",
            "/social/inbox",
            lambda d, c: d.service.inbox(d.identity, *c.page, unread=c.unread),
        ),
        ("POST", "/social/spawn", _spawn),
        ("GET", "/social/directory", lambda d, c: d.service.directory(d.identity, *c.page)),
        ("POST", "/human/prompt", _prompt),
        (
            "GET",
            "/human/prompt/([^/]+)",
            lambda d, c: d.service.prompt(d.identity, PromptId(c.argument)),
        ),
        ("GET", "/execution", lambda d, _c: d.service.window(d.identity)),
        ("POST", "/execution/reasoning", _reason),
    )
)


class InProcessDoor:
    """The transport of one window: the same requests and answers as over HTTP."""

    def __init__(self, service: SystemService, identity: AgentIdentity) -> None:
        self.service = service
        self.identity = identity

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """The ``data`` of the answer, money as ``Decimal`` like the HTTP transport gives it.

        Raises:
            ApiError: refused.
        """
        try:
            answer = self._handle(method, path, body or {}, idempotency_key)
        except errors.DomainError as refusal:
            status = next((code for kind, code in _STATUS if isinstance(refusal, kind)), 422)
            wait = getattr(refusal, "retry_after_seconds", None)
            raise ApiError.of(
                status, refusal.code, refusal.message, dict(refusal.details), wait
            ) from None
        return json.loads(json.dumps(answer), parse_float=Decimal)

    def _handle(self, method: str, path: str, body: Mapping[str, Any], key: str | None) -> Any:
        path, _, query_text = path.partition("?")
        query = dict(part.partition("=")[::2] for part in query_text.split("&") if part)
        for known, pattern, handler in _ROUTES:
            match = pattern.fullmatch(path)
            if match and known == method:
                argument = match.group(1) if pattern.groups else ""
                return handler(self, Call(argument, query, body, key))
        raise errors.NotFound("there is no such path")
