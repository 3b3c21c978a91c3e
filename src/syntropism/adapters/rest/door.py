"""The way of every request: identity, rate, query, body, use case, envelope."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from syntropism.adapters.rest.body import parse_object, read_body
from syntropism.adapters.rest.envelope import Envelope
from syntropism.adapters.rest.identity import Identity, SignedTokens, bearer_token, is_signed
from syntropism.adapters.rest.operations import QUERY_MAX, Access, Call, Operation
from syntropism.adapters.rest.rate_limit import RateLimit
from syntropism.adapters.rest.schemas import Body, Nothing
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain.errors import DomainError, Forbidden, Invalid, Malformed, NotFound

A = TypeVar("A")
R = TypeVar("R")

Handler = Callable[[Request], Awaitable[Response]]

_log: Final = logging.getLogger("syntropism.rest")
_ARGUMENT_MAX: Final = 64
_NOTHING: Final = Nothing()


@frozen(slots=True)
class Door:
    """Turns operations into request handlers that always answer in the envelope."""

    operators: OperatorService
    signed: SignedTokens
    rate: RateLimit
    envelope: Envelope
    threads: Executor
    embedded: bool
    """Whether the store answers quick questions in microseconds: then a thread costs more."""

    def handler(self, operation: Operation) -> Handler:
        """The request handler of one operation."""

        async def answer(request: Request) -> Response:
            return self.envelope.success(await self._perform(operation, request))

        return self.answering(f"{operation.method} {operation.path}", answer)

    def answering(self, name: str, answer: Handler) -> Handler:
        """``answer``, whose refusals and failures become answers too."""

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except DomainError as refusal:
                return self.envelope.refusal(refusal)
            except StorageFailed as failure:
                return self.envelope.unavailable(str(failure))
            except Exception:
                _log.exception("%s failed", name)
                return self.envelope.error(500, "INTERNAL", "an error of ours; it has been logged")

        return handle

    async def _perform(self, operation: Operation, request: Request) -> Any:
        identity = await self.identify(operation, request)
        path = _arguments(request)
        query = query_of(operation, request)
        body: Body = _NOTHING
        key = None
        if operation.keyed:
            key = _idempotency_key(request)
            body = operation.body.read(parse_object(await read_body(request)))
        call = Call(identity, path, query, body, key)
        if operation.quick and self.embedded and isinstance(identity, AgentIdentity):
            return operation.run(call)
        return await self._in_thread(operation.run, call)

    async def identify(self, operation: Operation, request: Request) -> Identity:
        """Who asks, if such a one may ask at all.

        Raises:
            Unauthenticated, Forbidden, RateLimited: no.
        """
        token = bearer_token(request.headers.get("authorization"))
        if not is_signed(token):
            operator = await self._in_thread(self.operators.authenticate, token)
            if operation.access is Access.AGENTS:
                raise Forbidden("only an agent in its window can do this")
            return operator
        agent, seconds = self.signed.verify(token)
        self.rate.admit(agent.execution_id, seconds)
        _require_scope(operation, agent)
        return agent

    async def _in_thread(self, function: Callable[[A], R], argument: A) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.threads, function, argument)


def _require_scope(operation: Operation, agent: AgentIdentity) -> None:
    if operation.access is Access.OPERATORS:
        raise Forbidden("only an operator can do this")
    if operation.scope and operation.scope not in agent.scopes:
        raise Forbidden(f"the token does not hold the scope {operation.scope}")


def _arguments(request: Request) -> Mapping[str, str]:
    path: Mapping[str, str] = request.path_params
    for value in path.values():
        if not (0 < len(value) <= _ARGUMENT_MAX and value.isprintable()):
            raise NotFound("there is no such thing")
    return path


def query_of(operation: Operation, request: Request) -> Mapping[str, str]:
    """The query, of the parameters that the operation knows.

    Raises:
        Malformed, Invalid: it cannot be read, or holds another one.
    """
    raw = request.scope["query_string"]
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except ValueError:
        raise Malformed("the query cannot be read") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in operation.query:
            raise Invalid("unknown query parameter", field=name[:QUERY_MAX])
        if name in found or len(value) > QUERY_MAX or "\x00" in value:
            raise Invalid(f"{name} is not valid", field=name)
        found[name] = value
    return found


def _idempotency_key(request: Request) -> str | None:
    keys = request.headers.getlist("idempotency-key")
    if len(keys) > 1:
        raise Malformed("Idempotency-Key is given twice")
    return keys[0] if keys else None
