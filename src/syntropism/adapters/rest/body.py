"""Request bodies: read within bounds, parsed exactly. No number passes through a float."""

import asyncio
import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from starlette.requests import ClientDisconnect, Request

from syntropism.domain.errors import Invalid, Malformed, TooLarge

BODY_BYTES_MAX: Final = 2 * 1024 * 1024
BODY_SECONDS_MAX: Final = 30.0
"""How long a body may take to arrive."""

_INTEGER_DIGITS_MAX: Final = 40


async def read_body(request: Request) -> bytes:
    """The whole body, of which never more than the limit is kept in memory.

    Raises:
        TooLarge: above ``BODY_BYTES_MAX``, by what is declared or by what arrives.
        Malformed: it does not arrive in time, or the client goes away.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > BODY_BYTES_MAX):
        _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                if len(body) + len(chunk) > BODY_BYTES_MAX:
                    _too_large()
                body += chunk
    except TimeoutError:
        raise Malformed("the body did not arrive in time") from None
    except ClientDisconnect:
        raise Malformed("the body is incomplete") from None
    return bytes(body)


def _too_large() -> NoReturn:
    raise TooLarge(f"the body is larger than {BODY_BYTES_MAX} bytes", limit_bytes=BODY_BYTES_MAX)


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in ``raw``; an empty body is an empty object.

    Integers stay ``int``; every other number is an exact ``Decimal`` (``NaN`` and the
    infinities too, so that the field which holds them can be named when they are refused).

    Raises:
        Malformed: not JSON in UTF-8, a key given twice, or nested too deeply.
        Invalid: JSON, but not an object.
    """
    if not raw:
        return {}
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=Decimal,
            object_pairs_hook=_unique,
        )
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except RecursionError:
        raise Malformed("the body is nested too deeply") from None
    except ValueError as problem:
        raise Malformed(f"the body is not JSON: {problem}"[:200]) from None
    if not isinstance(value, dict):
        raise Invalid("the body must be a JSON object", field="body")
    return value


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what even decimals can hold
        return Decimal("NaN")


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _INTEGER_DIGITS_MAX else Decimal(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("the body gives a key twice")
    return found
