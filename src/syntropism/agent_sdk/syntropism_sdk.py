"""The System Service from inside an execution window: one file, standard library only.

    from syntropism_sdk import Bundle, Me, run

    def live(me: Me) -> None:
        if me.balance >= 30:
            me.bid(Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=10), amount=30)

    if __name__ == "__main__":
        run(live)

HTTP, or NATS where ``NATS_URL`` is set, is spoken by hand over a socket: importing a standard
client alone costs more CPU than most of what an agent does, and a window has only so many
CPU-seconds.
"""

import json
import os
import random
import socket
import stat
import time
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Context, Decimal
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple, NoReturn, Protocol, final

__all__ = [
    "ApiError",
    "Bundle",
    "CannotAfford",
    "Conflict",
    "Credits",
    "FolderWorkspace",
    "Forbidden",
    "HttpTransport",
    "Invalid",
    "Me",
    "MemoryWorkspace",
    "NatsTransport",
    "NoAttention",
    "NotFound",
    "Offer",
    "RateLimited",
    "TooLarge",
    "Transport",
    "Unauthenticated",
    "Unavailable",
    "Workspace",
    "connect",
    "cost",
    "run",
]

MICRO = 1_000_000
"""Micro-credits in one credit."""

MICRO_MAX = 2**53
"""Largest amount, in micro-credits, that the System Service takes."""

ANSWER_BYTES_MAX = 64 * 1024 * 1024
ATTEMPTS_MAX = 6
TIMEOUT_SECONDS_MAX = 30.0
PAGE = 200
RESOURCES = ("cpu_cores", "memory_mb", "tokens_per_second", "attention_slots")

_EXACT = Context(prec=100)

Number = int | float | Decimal


# --- Money ------------------------------------------------------------------------------------


def _micro(value: object) -> int:
    """Micro-credits in a number of credits, exactly; ``ValueError`` if that is impossible."""
    micro = getattr(value, "micro", None)
    if isinstance(micro, int):
        return micro
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError(f"not a number of credits: {value!r}")
    try:
        number = Decimal(str(value))
        scaled = number.scaleb(6, _EXACT)
        whole = int(scaled)
    except (ArithmeticError, ValueError, OverflowError):
        raise ValueError(f"not a finite number of credits: {value!r}") from None
    if whole != scaled or abs(whole) > MICRO_MAX:
        raise ValueError(f"not an amount of at most six decimal places: {value!r}")
    return whole


@final
class Credits:
    """An exact amount of credits, an integer of micro-credits inside.

    Adding and subtracting is exact; multiplying by a number rounds down to six decimal places.
    Compares with, and is added to, plain numbers of credits too.

    Raises:
        ValueError: not a finite number of at most six decimal places.
    """

    __slots__ = ("micro",)
    micro: int

    def __init__(self, value: "Number | str | Credits" = 0) -> None:
        object.__setattr__(self, "micro", _micro(value))

    @classmethod
    def of_micro(cls, micro: int) -> "Credits":
        """From whole micro-credits."""
        credits = cls()
        object.__setattr__(credits, "micro", micro)
        return credits

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Credits do not change")

    def __reduce__(self) -> tuple[Callable[[int], "Credits"], tuple[int]]:
        return Credits.of_micro, (self.micro,)

    def __add__(self, other: "Number | Credits") -> "Credits":
        return Credits.of_micro(self.micro + _micro(other))

    __radd__ = __add__

    def __sub__(self, other: "Number | Credits") -> "Credits":
        return Credits.of_micro(self.micro - _micro(other))

    def __rsub__(self, other: "Number | Credits") -> "Credits":
        return Credits.of_micro(_micro(other) - self.micro)

    def __neg__(self) -> "Credits":
        return Credits.of_micro(-self.micro)

    def __mul__(self, factor: Number) -> "Credits":
        # Decimal(str(0.1)) is one tenth, as the person who wrote 0.1 meant; a ratio of
        # integers is exact whatever the size, where Decimal arithmetic would round.
        exact = factor if isinstance(factor, int) else Decimal(str(factor))
        above, below = exact.as_integer_ratio()
        return Credits.of_micro(self.micro * above // below)

    __rmul__ = __mul__

    def _comparable(self, other: object) -> Decimal | None:
        micro = getattr(other, "micro", None)
        if isinstance(micro, int):
            return Decimal(micro)
        if isinstance(other, int | float | Decimal) and not isinstance(other, bool):
            return Decimal(str(other)).scaleb(6, _EXACT)
        return None

    def __eq__(self, other: object) -> bool:
        value = self._comparable(other)
        return NotImplemented if value is None else value == self.micro

    def __lt__(self, other: object) -> bool:
        value = self._comparable(other)
        return NotImplemented if value is None else self.micro < value

    def __le__(self, other: object) -> bool:
        value = self._comparable(other)
        return NotImplemented if value is None else self.micro <= value

    def __gt__(self, other: object) -> bool:
        value = self._comparable(other)
        return NotImplemented if value is None else self.micro > value

    def __ge__(self, other: object) -> bool:
        value = self._comparable(other)
        return NotImplemented if value is None else self.micro >= value

    def __hash__(self) -> int:
        return hash(self.decimal)

    def __bool__(self) -> bool:
        return self.micro != 0

    def __float__(self) -> float:
        return self.micro / MICRO

    def __str__(self) -> str:
        whole, part = divmod(abs(self.micro), MICRO)
        sign = "-" if self.micro < 0 else ""
        return f"{sign}{whole}.{part:06d}".rstrip("0").rstrip(".") if part else f"{sign}{whole}"

    def __repr__(self) -> str:
        return f"Credits({str(self)!r})"

    @property
    def decimal(self) -> Decimal:
        """The amount as an exact ``Decimal`` number of credits."""
        return Decimal(self.micro).scaleb(-6, _EXACT)

    @property
    def json(self) -> Number:
        """The amount as a JSON number; a ``Decimal`` only where a double is too coarse."""
        whole, part = divmod(self.micro, MICRO)
        if not part:
            return whole
        double = self.micro / MICRO
        return double if Decimal(str(double)) == self.decimal else self.decimal


# --- Bundles ----------------------------------------------------------------------------------


class _Bundle(NamedTuple):
    cpu_seconds: Number
    memory_mb: Number
    duration_seconds: Number
    tokens: int
    attention_share: int
    further: Mapping[str, Number]


class Bundle(_Bundle):
    """An all-or-nothing request for one execution window. Resources that the economy has beyond
    the usual ones go by their names: ``Bundle(…, gpu_seconds=2)``."""

    __slots__ = ()

    def __new__(
        cls,
        cpu_seconds: Number,
        memory_mb: Number,
        duration_seconds: Number,
        tokens: int = 0,
        attention_share: int = 0,
        **further: Number,
    ) -> "Bundle":
        own = cpu_seconds, memory_mb, duration_seconds, tokens, attention_share
        return super().__new__(cls, *own, further)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Bundle":
        """A bundle from its JSON object."""
        return cls(**{name: _plain(value) for name, value in document.items()})

    @property
    def document(self) -> dict[str, Number]:
        """The bundle as a JSON object."""
        quantities = self._asdict()
        quantities |= quantities.pop("further")
        return {name: _plain(value) for name, value in quantities.items()}

    def without_attention(self) -> "Bundle":
        """The same bundle with no attention: the usual fallback."""
        return self._replace(attention_share=0)


class Offer(NamedTuple):
    """An amount of credits for a bundle."""

    bundle: Any
    amount: "Number | str | Credits"


def cost(
    bundle: Any,
    prices: Mapping[str, Decimal],
    cycle_seconds: Number,
    fee: Number | Credits = 0,
    further: Mapping[str, str] = MappingProxyType({}),
) -> Credits:
    """``fee`` plus what ``bundle`` costs at ``prices`` (credits per unit·second). ``further``
    says of each resource beyond the usual ones whether a bundle names its ``total`` or ``rate``.

    Rates round up to a thousandth, the cost up to a micro-credit; at least one whole cycle is
    billed.
    """
    document = _bundle_document(bundle)
    cpu, memory, seconds, tokens, attention = (
        _milli(document.get(name, 0)) for name in _Bundle._fields[:5]
    )
    billed = max(seconds, int(Decimal(str(cycle_seconds)).scaleb(3)))
    usual = (-(-cpu * 1000 // seconds), memory, -(-tokens * 1000 // seconds), attention)
    rates = dict(zip(RESOURCES, usual, strict=True))
    for name, kind in further.items():
        quantity = _milli(document.get(name, 0))
        rates[name] = quantity if kind == "rate" else -(-quantity * 1000 // seconds)
    milli = sum(
        (
            _EXACT.multiply(Decimal(str(prices.get(name, 0))), Decimal(rate))
            for name, rate in rates.items()
        ),
        Decimal(0),
    )
    return Credits.of_micro(
        int(_EXACT.multiply(milli, Decimal(billed)).to_integral_value(ROUND_CEILING)) + _micro(fee)
    )


def _plain(value: Any) -> Any:
    """Whole numbers as ``int``, others as ``float``: fine for quantities, never for money."""
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value


def _milli(quantity: object) -> int:
    exact = Decimal(str(quantity)).scaleb(3, _EXACT)
    return int(exact.to_integral_value(ROUND_CEILING))


def _bundle_document(bundle: Any) -> dict[str, Any]:
    document = getattr(bundle, "document", bundle)
    if not isinstance(document, Mapping):
        raise ValueError(f"not a bundle: {bundle!r}")
    return dict(document)


def _quote_document(bundle: Any, amount: Any) -> dict[str, Any]:
    if amount is None:
        return {"bundle": _bundle_document(bundle)}
    return _offer_document(bundle, amount)


def _offer_document(bundle: Any, amount: Any) -> dict[str, Any]:
    return {"bundle": _bundle_document(bundle), "amount": _amount(amount)}


def _amount(value: Any) -> Number:
    return Credits.of_micro(_micro(value)).json


# --- Refusals ---------------------------------------------------------------------------------


class ApiError(Exception):
    """The System Service said no.

    ``status`` is the HTTP status (0: no answer came), ``code`` a stable word, ``details`` what
    the answer said about it, ``retry_after`` seconds to wait when waiting helps.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.retry_after = retry_after

    @staticmethod
    def of(
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> "ApiError":
        """The subclass that fits ``status`` and ``code``."""
        kind = _BY_CODE.get(code) or _BY_STATUS.get(status, ApiError)
        if status >= 500:
            kind = Unavailable
        return kind(status, code, message, details, retry_after)


class Invalid(ApiError):
    """Malformed or out of range (400, 422); ``details["field"]`` names the field."""


class Unauthenticated(ApiError):
    """The token is missing, expired, forged or no longer current (401)."""


class CannotAfford(ApiError):
    """Not enough credits (402)."""


class Forbidden(ApiError):
    """Not yours, or not for your role (403)."""


class NoAttention(Forbidden):
    """A prompt from a window that holds no (more) attention (403)."""


class NotFound(ApiError):
    """There is no such thing (404)."""


class Conflict(ApiError):
    """The state of things forbids it now (409)."""


class TooLarge(ApiError):
    """Above a limit of size (413)."""


class RateLimited(ApiError):
    """Too many requests (429)."""


class Unavailable(ApiError):
    """No usable answer came: connection lost, or a fault on the other side (5xx)."""


_BY_CODE: Mapping[str, type[ApiError]] = {"NO_ATTENTION": NoAttention}
_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: Unauthenticated,
    402: CannotAfford,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: Invalid,
    429: RateLimited,
}


# --- Transport --------------------------------------------------------------------------------


class Transport(Protocol):
    """Carries one request to the System Service."""

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """The ``data`` of the answer. ``path`` starts below ``/api/v1`` with a slash.

        Raises:
            ApiError: refused, or no answer came.
        """
        ...


class _Truncated(OSError):
    """The connection ended before the answer did."""


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Persistent:
    """Lost connections, 429, 503, and 409 with ``Retry-After`` are tried again with the same
    idempotency key, at most ``attempts_max`` times and never beyond ``deadline`` (seconds
    since the epoch)."""

    def __init__(
        self, deadline: float | None, attempts_max: int, sleep: Callable[[float], None]
    ) -> None:
        self._deadline = deadline
        self._attempts_max = attempts_max
        self._sleep = sleep
        self._connection: socket.socket | None = None
        self._reader: BinaryIO | None = None

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """See :class:`Transport`."""
        request = self._request(method, path, body, idempotency_key)
        for attempt in range(1, self._attempts_max + 1):
            pause = min(2.0, 0.05 * 2**attempt)
            try:
                answer = self._exchange(request)
            except OSError as problem:
                self.close()
                error: ApiError = Unavailable(0, "NO_ANSWER", str(problem) or repr(problem))
            else:
                if 200 <= answer.status < 300:
                    return _data(answer)
                error = _refusal(answer)
                waiting_helps = error.status in (429, 503) or (
                    error.status == 409 and error.retry_after is not None
                )
                if not waiting_helps:
                    raise error
                if error.retry_after is not None:
                    pause = error.retry_after
            if attempt == self._attempts_max or pause >= self._seconds_left():
                raise error
            self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Ends the connection; the next call opens another."""
        if self._reader is not None:
            self._reader.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._reader = None

    def _seconds_left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.time()

    def _timeout(self) -> float:
        return max(0.1, min(TIMEOUT_SECONDS_MAX, self._seconds_left()))

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        idempotency_key: str | None,
    ) -> Any:
        raise NotImplementedError

    def _exchange(self, request: Any) -> _Answer:
        raise NotImplementedError


class HttpTransport(_Persistent):
    """HTTP/1.1 with keep-alive, over a Unix socket when ``socket_path`` is given, else TCP.

    Lost connections, 429, 503, and 409 with ``Retry-After`` are tried again with the same
    idempotency key, at most ``attempts_max`` times and never beyond ``deadline`` (seconds
    since the epoch).
    """

    def __init__(
        self,
        url: str,
        token: str,
        socket_path: str = "",
        deadline: float | None = None,
        attempts_max: int = ATTEMPTS_MAX,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(deadline, attempts_max, sleep)
        scheme, _, rest = url.partition("://")
        authority, slash, path = rest.partition("/")
        if scheme != "http" or not authority:
            raise ValueError(f"the System Service speaks http://, not {url!r}")
        host, colon, port = authority.rpartition(":")
        if not colon or not port.isdigit():
            host, port = authority, "80"
        self._address = (host.strip("[]"), int(port))
        self._authority = authority
        self._base = (slash + path).rstrip("/")
        self._token = token
        self._socket_path = socket_path

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        idempotency_key: str | None,
    ) -> bytes:
        payload = b"" if body is None else _json(body).encode("ascii")
        lines = [
            f"{method} {self._base}{path} HTTP/1.1",
            f"Host: {self._authority}",
            f"Authorization: Bearer {self._token}",
            "Accept: application/json",
        ]
        if idempotency_key is not None:
            lines.append(f"Idempotency-Key: {idempotency_key}")
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
        elif method != "GET":
            lines.append("Content-Length: 0")
        if any(character < " " or character > "~" for line in lines for character in line):
            raise ValueError("a request line may hold printable ASCII only")
        return "\r\n".join([*lines, "", ""]).encode("ascii") + payload

    def _exchange(self, request: bytes) -> _Answer:
        if self._connection is None:
            self._connection = self._open()
            self._reader = self._connection.makefile("rb")
        assert self._reader is not None
        self._connection.settimeout(self._timeout())
        self._connection.sendall(request)
        answer, reusable = _read_answer(self._reader)
        if not reusable:
            self.close()
        return answer

    def _open(self) -> socket.socket:
        timeout = self._timeout()
        if self._socket_path:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.settimeout(timeout)
                connection.connect(self._socket_path)
            except OSError:
                connection.close()
                raise
            return connection
        connection = socket.create_connection(self._address, timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _read_answer(reader: BinaryIO) -> tuple[_Answer, bool]:
    """One answer, and whether the connection can carry another."""
    while True:
        version, _, rest = _line(reader).partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise _Truncated("the answer is not HTTP")
        status = int(rest[:3])
        headers: dict[str, str] = {}
        while line := _line(reader):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if status >= 200:
            break
    reusable = version != "HTTP/1.0" and "close" not in headers.get("connection", "").lower()
    if status in (204, 304):
        return _Answer(status, headers, b""), reusable
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _Answer(status, headers, b"".join(_chunks(reader))), reusable
    if "content-length" in headers:
        return _Answer(status, headers, _exactly(reader, _size(headers["content-length"], 10))), (
            reusable
        )
    body = reader.read(ANSWER_BYTES_MAX + 1)
    _size(str(len(body)), 10)
    return _Answer(status, headers, body), False


def _line(reader: BinaryIO) -> str:
    line = reader.readline(65_537)
    if not line.endswith(b"\n"):
        raise _Truncated("the connection ended inside the answer's head")
    return line.rstrip(b"\r\n").decode("latin-1")


def _size(text: str, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        raise _Truncated("the answer does not say how long it is") from None
    if not 0 <= size <= ANSWER_BYTES_MAX:
        raise ApiError(0, "ANSWER_TOO_LARGE", f"the answer has {size} bytes")
    return size


def _exactly(reader: BinaryIO, size: int) -> bytes:
    body = reader.read(size)
    if len(body) < size:
        raise _Truncated(f"the connection ended after {len(body)} of {size} bytes")
    return body


def _chunks(reader: BinaryIO) -> Iterator[bytes]:
    total = 0
    while size := _size(_line(reader).partition(";")[0].strip(), 16):
        total = _size(str(total + size), 10)
        yield _exactly(reader, size)
        _line(reader)
    while _line(reader):  # trailers
        pass


class NatsTransport(_Persistent):
    """Request and reply over NATS, by hand like HTTP; tries again like :class:`HttpTransport`.

    The token proves the agent to the System Service and, where the URL names no user, to the
    NATS server too. Answers come to an inbox of this execution.
    """

    def __init__(
        self,
        url: str,
        token: str,
        execution_id: str,
        deadline: float | None = None,
        attempts_max: int = ATTEMPTS_MAX,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(deadline, attempts_max, sleep)
        scheme, _, rest = url.rstrip("/").partition("://")
        login, _, authority = rest.rpartition("@")
        if scheme != "nats" or not authority or "/" in authority:
            raise ValueError(f"the NATS server speaks nats://, not {url!r}")
        host, colon, port = authority.rpartition(":")
        if not colon or not port.isdigit():
            host, port = authority, "4222"
        self._address = (host.strip("[]"), int(port))
        self._token = token
        user, _, password = login.partition(":")
        self._login = {"user": user, "pass": password} if login else {"auth_token": token}
        self._inbox = f"_INBOX.{execution_id}.{os.urandom(12).hex()}"
        self._number = 0
        self._payload_max = 0

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        idempotency_key: str | None,
    ) -> tuple[str, bytes, bytes]:
        subject, fields = _subject(method, path)
        lines = ["NATS/1.0", f"Authorization: Bearer {self._token}"]
        if idempotency_key is not None:
            lines.append(f"Idempotency-Key: {idempotency_key}")
        if any(character < " " or character > "~" for line in lines for character in line):
            raise ValueError("a header may hold printable ASCII only")
        payload = b"" if body is None and not fields else _json(body or fields).encode("ascii")
        return subject, "\r\n".join([*lines, "", ""]).encode("ascii"), payload

    def _exchange(self, request: tuple[str, bytes, bytes]) -> _Answer:
        subject, headers, payload = request
        if self._connection is None:
            self._open()
        assert self._connection is not None
        size = len(headers) + len(payload)
        if size > self._payload_max:
            raise TooLarge(413, "TOO_LARGE", f"NATS carries at most {self._payload_max} bytes")
        self._number += 1
        inbox = f"{self._inbox}.{self._number}"
        head = f"HPUB {subject} {inbox} {len(headers)} {size}\r\n".encode("ascii")
        self._connection.settimeout(self._timeout())
        self._connection.sendall(b"".join((head, headers, payload, b"\r\n")))
        while True:
            found, answer = self._next()
            if found == inbox:
                return answer

    def _open(self) -> None:
        self._connection = socket.create_connection(self._address, self._timeout())
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._connection.makefile("rb")
        word, _, text = _line(self._reader).partition(" ")
        if word.upper() != "INFO":
            raise _Truncated("what answers is not a NATS server")
        info = json.loads(text)
        self._payload_max = int(info["max_payload"])
        options = {
            "verbose": False,
            "pedantic": False,
            "headers": True,
            "no_responders": True,
            "lang": "python",
            "version": "1",
            "protocol": 1,
            **(self._login if info.get("auth_required") else {}),
        }
        hello = f"CONNECT {json.dumps(options)}\r\nSUB {self._inbox}.* 1\r\nPING\r\n"
        self._connection.sendall(hello.encode("ascii"))
        while self._next()[0] != "PONG":
            pass

    def _next(self) -> tuple[str, _Answer]:
        """The next message with its subject, or ``PONG``."""
        assert self._reader is not None and self._connection is not None
        while True:
            words = _line(self._reader).split(" ")
            kind = words[0].upper()
            if kind == "HMSG" or kind == "MSG":
                size = _size(words[-1], 10)
                head = _size(words[-2], 10) if kind == "HMSG" else 0
                raw = _exactly(self._reader, size + 2)[:-2]
                return words[1], _message(raw[:head], raw[head:])
            if kind == "PONG":
                return "PONG", _Answer(200, {}, b"")
            if kind == "PING":
                self._connection.sendall(b"PONG\r\n")
            elif kind == "-ERR":
                self._fail(" ".join(words[1:]).strip("'"))

    def _fail(self, reason: str) -> NoReturn:
        """The server's own refusals; after most of them it ends the connection."""
        lowered = reason.lower()
        if "permissions violation" in lowered:
            raise Forbidden(403, "FORBIDDEN", reason)
        self.close()
        if "authorization" in lowered or "authentication" in lowered:
            raise Unauthenticated(401, "UNAUTHENTICATED", reason)
        raise _Truncated(reason)


_ROOTS = ("economic", "market", "social", "human", "execution", "llm")
_VERBS = {"PUT": "replace", "DELETE": "withdraw"}


def _subject(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The subject that means the same as a path, and its query as the fields of a payload."""
    path, _, query = path.partition("?")
    words = [word.replace(".", "%2E") for word in path.strip("/").split("/")]
    if words[0] not in _ROOTS or not all(words):
        raise NotFound(404, "NOT_FOUND", "there is no such path")
    if words == ["execution"]:
        words.append("context")
    if method in _VERBS:
        words.insert(-1, _VERBS[method])
    fields = (part.partition("=") for part in query.split("&") if part)
    return ".".join(words), {name: _unquoted(value) for name, _, value in fields}


def _unquoted(text: str) -> str:
    first, *rest = text.split("%")
    raw = first.encode() + b"".join(bytes.fromhex(one[:2]) + one[2:].encode() for one in rest)
    return raw.decode("utf-8", "surrogatepass")


def _message(head: bytes, body: bytes) -> _Answer:
    """A message as an answer: its status is in a header of its own, or in the first line."""
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    inline = first.partition(" ")[2][:3]
    status = headers.get("nats-service-error-code") or inline or "200"
    return _Answer(int(status) if status.isdigit() else 500, headers, body)


def _document(answer: _Answer) -> Any:
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except ValueError:
        return None


def _data(answer: _Answer) -> Any:
    document = _document(answer)
    if not isinstance(document, dict) or "data" not in document:
        raise Unavailable(answer.status, "ANSWER_MALFORMED", "the answer holds no data")
    return document["data"]


def _refusal(answer: _Answer) -> ApiError:
    document = _document(answer)
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        error = {"code": f"HTTP_{answer.status}", "message": "refused without a reason"}
    retry_after = answer.headers.get("retry-after", "")
    details = error.get("details")
    return ApiError.of(
        answer.status,
        str(error.get("code")),
        str(error.get("message")),
        details if isinstance(details, dict) else None,
        float(retry_after) if retry_after.isdigit() else None,
    )


def _json(value: Any) -> str:
    """``value`` as ASCII JSON; money and decimals as exact numbers."""
    if isinstance(value, Mapping):
        items = (f"{json.dumps(str(key))}: {_json(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, Credits):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"not a JSON number: {value}")
        return f"{value:f}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, allow_nan=False)


def _segment(text: str) -> str:
    """``text`` as one segment of a path."""
    safe = b"-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join(
        chr(byte) if byte in safe else f"%{byte:02X}"
        for byte in str(text).encode("utf-8", "surrogatepass")
    )


# --- Workspace --------------------------------------------------------------------------------


class Workspace(Protocol):
    """The agent's own folder: what it remembers and what it is made of."""

    def load_state(self) -> dict[str, Any]:
        """What the last window saved; empty if nothing, or nothing readable, is there."""
        ...

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Remembers ``state`` (JSON-ready) for the next window; all of it or nothing."""
        ...

    def files(self) -> dict[str, bytes]:
        """The agent's own sources: its regular files, except what the last window left."""
        ...


_NOT_INHERITED = ("state.json", "env.json")


class FolderWorkspace:
    """A workspace in a folder; ``state.json`` is replaced atomically."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._state = os.path.join(folder, "state.json")

    def load_state(self) -> dict[str, Any]:
        """See :class:`Workspace`."""
        try:
            with open(self._state, encoding="utf-8") as file:
                state = json.load(file)
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def save_state(self, state: Mapping[str, Any]) -> None:
        """See :class:`Workspace`."""
        text = _json(state)
        part = f"{self._state}.{os.getpid()}.part"
        try:
            with open(part, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._state)
        except OSError:
            if os.path.lexists(part):
                os.unlink(part)
            raise

    def files(self) -> dict[str, bytes]:
        """See :class:`Workspace`. Links are never followed."""
        return dict(sorted(self._walk("")))

    def _walk(self, below: str) -> Iterator[tuple[str, bytes]]:
        with os.scandir(os.path.join(self._folder, below)) as entries:
            for entry in entries:
                path = f"{below}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        yield from self._walk(f"{path}/")
                elif entry.is_file(follow_symlinks=False) and not (
                    path in _NOT_INHERITED or path.startswith("state.json.")
                ):
                    content = _read_regular(entry.path)
                    if content is not None:
                        yield path, content


def _read_regular(path: str) -> bytes | None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


class MemoryWorkspace:
    """A workspace in memory: for simulations, and for testing an agent."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self._files = dict(files or {})
        self._text = "{}"

    def load_state(self) -> dict[str, Any]:
        """See :class:`Workspace`."""
        state: dict[str, Any] = json.loads(self._text)
        return state

    def save_state(self, state: Mapping[str, Any]) -> None:
        """See :class:`Workspace`."""
        self._text = _json(state)

    def files(self) -> dict[str, bytes]:
        """See :class:`Workspace`."""
        return dict(self._files)


# --- The agent --------------------------------------------------------------------------------


class Me:
    """The agent of this window, and everything it can do.

    ``env`` is the document of ``env.json``. ``new_key`` makes idempotency keys; by default they
    are the execution's id, the attempt and a counter, so that a simulation repeats itself exactly
    and a second attempt does not meet the refusals of the first.
    """

    def __init__(
        self,
        env: Mapping[str, Any],
        transport: Transport,
        workspace: Workspace,
        new_key: Callable[[], str] | None = None,
    ) -> None:
        self.env = env
        self.workspace = workspace
        self.random = random.Random(f"{env['execution_id']}")
        """Seeded from the execution's id: the same window throws the same dice."""
        self._transport = transport
        self._new_key = new_key or self._next_key
        self._keys = 0

    # What was known when the window opened.

    @property
    def id(self) -> str:
        """The agent's id."""
        return str(self.env["agent_id"])

    @property
    def name(self) -> str:
        """The agent's name."""
        return str(self.env.get("name", ""))

    @property
    def execution_id(self) -> str:
        """The id of this window."""
        return str(self.env["execution_id"])

    @property
    def cycle(self) -> int:
        """The cycle in which this window was won."""
        return int(self.env["cycle"])

    @property
    def credits(self) -> Credits:
        """The balance when the window opened (``balance`` asks now)."""
        return Credits(self.env["credits"])

    @property
    def bundle(self) -> Bundle:
        """What was won."""
        return Bundle.from_document(self.env["bundle"])

    @property
    def attention(self) -> int:
        """Prompts that this window may submit."""
        return int(self.env.get("attention_share") or 0)

    @property
    def prices(self) -> dict[str, Decimal]:
        """Posted prices when the window opened, in credits per unit·second."""
        return _decimals(self.env["prices"])

    @property
    def minimum_prices(self) -> dict[str, Decimal]:
        """The least those prices can be, in credits per unit·second."""
        return _decimals(self.env["minimum_prices"])

    @property
    def rules(self) -> Mapping[str, Any]:
        """The numbers an agent plans with: fees, lengths, limits."""
        rules: Mapping[str, Any] = self.env["rules"]
        return rules

    @property
    def lineage(self) -> Mapping[str, Any]:
        """``parent_id`` (or ``None``) and ``generation``."""
        lineage: Mapping[str, Any] = self.env["lineage"]
        return lineage

    @property
    def deadline(self) -> datetime | None:
        """When this window is killed."""
        return _moment(self.env.get("deadline"))

    @property
    def last_prompt(self) -> Mapping[str, Any] | None:
        """The agent's latest prompt as it stood when the window opened."""
        prompt: Mapping[str, Any] | None = self.env.get("last_prompt")
        return prompt

    @property
    def unread_messages(self) -> int:
        """Messages that the agent had not read when the window opened."""
        return int(self.env.get("unread_messages") or 0)

    def seconds_left(self) -> float:
        """Until the deadline; infinite if there is none."""
        deadline = self.deadline
        if deadline is None:
            return float("inf")
        return (deadline - datetime.now(UTC)).total_seconds()

    def within_cycle(self, bundle: Bundle) -> Bundle:
        """``bundle``, no longer than a cycle: windows with attention may not last longer."""
        longest = _plain(self.rules["cycle_seconds"])
        return bundle._replace(duration_seconds=min(bundle.duration_seconds, longest))

    def reserve(self, bundle: Any) -> Credits:
        """The least that may be bid for ``bundle``."""
        seconds, fee = self.rules["cycle_seconds"], self.rules["window_fee"]
        return cost(bundle, self.minimum_prices, seconds, fee, self._further)

    def posted_cost(self, bundle: Any) -> Credits:
        """What ``bundle`` costs at posted prices; the market ranks bids by amount over this."""
        return cost(bundle, self.prices, self.rules["cycle_seconds"], further=self._further)

    @property
    def _further(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.env.get("further_resources", {})
        return found

    # Economic.

    @property
    def balance(self) -> Credits:
        """The credits that can be spent now; what bids hold is not among them."""
        return Credits(self.account()["balance"])

    def account(self) -> dict[str, Any]:
        """``account_id``, ``balance`` and ``held``."""
        return self._get("/economic/balance")

    def transfer(self, to: str, amount: Any, memo: str = "") -> dict[str, Any]:
        """Pays ``amount`` credits to the agent ``to``."""
        body = {"to": to, "amount": _amount(amount), "memo": memo}
        return self._do("POST", "/economic/transfer", body)

    def history(self, limit: int = 50) -> list[dict[str, Any]]:
        """The latest transfers of this agent, newest first."""
        return self._list("/economic/history", limit)

    # Market.

    def current_prices(self) -> dict[str, Decimal]:
        """Posted prices now, in credits per unit·second."""
        return _decimals(self._get("/market/prices")["prices"])

    def market(self, resource: str | None = None) -> dict[str, Any]:
        """The state of the market, or of one resource."""
        return self._get(f"/market/state{'' if resource is None else '/' + _segment(resource)}")

    def quote(self, bundle: Any, amount: Any = None) -> dict[str, Any]:
        """``posted_cost`` and ``reserve`` of a bundle, and ``win_probability``: the share of the
        last ``cycles`` cycles in which ``amount`` (by default the posted cost) would have won;
        ``amount_median`` would have won half of them."""
        answer: dict[str, Any] = self._transport.call(
            "POST", "/market/quote", _quote_document(bundle, amount)
        )
        return answer

    def bid(
        self,
        bundle: Any,
        amount: Any,
        fallback: tuple[Any, Any] | None = None,
        beneficiary: str | None = None,
    ) -> dict[str, Any]:
        """Bids for the next window. ``fallback`` is a pair (bundle, amount) that is tried when
        the main one loses; ``beneficiary`` is the agent that shall have the window, if another.
        An open bid of this agent's own is replaced.
        """
        body = _bid_document(bundle, amount, fallback)
        if beneficiary is not None:
            body["beneficiary_id"] = beneficiary
        return self._do("POST", "/market/bid", body)

    def bids(self, limit: int = 50) -> list[dict[str, Any]]:
        """The bids of this agent, as agent or as payer, newest first."""
        return self._list("/market/bids", limit)

    def replace_bid(
        self, bid_id: str, bundle: Any, amount: Any, fallback: tuple[Any, Any] | None = None
    ) -> dict[str, Any]:
        """The new bid in place of an open one."""
        path = f"/market/bid/{_segment(bid_id)}"
        return self._do("PUT", path, _bid_document(bundle, amount, fallback))

    def withdraw_bid(self, bid_id: str) -> dict[str, Any]:
        """The bid, withdrawn; its hold has come back."""
        return self._do("DELETE", f"/market/bid/{_segment(bid_id)}", None)

    def market_history(self, limit: int = 50) -> list[dict[str, Any]]:
        """What earlier cycles cleared at, newest first."""
        return self._list("/market/history", limit)

    def market_losses(self, cycle: int, limit: int = 50) -> list[dict[str, Any]]:
        """Who lost a cycle, why, and the least amount that would have won; with a sealed book
        only one's own bids."""
        return self._list(f"/market/history/{int(cycle)}/losses", limit)

    # Social.

    def message(self, to: str, content: str) -> dict[str, Any]:
        """Writes to another agent, for a fee."""
        return self._do("POST", "/social/message", {"to": to, "content": content})

    def inbox(self, unread: bool = False, limit: int = 50) -> list[dict[str, Any]]:
        """Messages to this agent, newest first; reading marks them as read."""
        return self._list("/social/inbox", limit, "unread=true" if unread else "")

    def spawn(
        self,
        name: str,
        endowment: Any,
        files: Mapping[str, bytes | str] | None = None,
        strategy: str = "",
        first_bid: tuple[Any, Any] | None = None,
    ) -> dict[str, Any]:
        """A child with its own account and workspace; by default it is made of this agent's own
        files. The parent pays a fee and the endowment; ``first_bid`` is a pair (bundle, amount)
        out of the endowment.
        """
        contents = self.workspace.files() if files is None else files
        body: dict[str, Any] = {
            "name": name,
            "endowment": _amount(endowment),
            "files": {path: _file_document(content) for path, content in contents.items()},
            "strategy": strategy,
        }
        if first_bid is not None:
            body["first_bid"] = _offer_document(*first_bid)
        return self._do("POST", "/social/spawn", body)

    def directory(self, limit: int = PAGE) -> list[dict[str, Any]]:
        """Cards of the agents that are not dead."""
        return self._list("/social/directory", limit)

    # Human.

    def ask(self, content: str, amount: Any = 0) -> dict[str, Any]:
        """Shows ``content`` to a human; ``amount`` credits raise its rank in the queue. Only in a
        window with attention.
        """
        body = {"content": content, "amount": _amount(amount)}
        return self._do("POST", "/human/prompt", body)

    def prompt(self, prompt_id: str) -> dict[str, Any]:
        """A prompt of this agent, with its scores when it has them."""
        return self._get(f"/human/prompt/{_segment(prompt_id)}")

    # Execution.

    def execution(self) -> dict[str, Any]:
        """This window: what was paid, and what is left of it."""
        return self._get("/execution")

    def reason(self, text: str) -> dict[str, Any]:
        """Records why the agent does what it does, for whoever studies it."""
        return self._do("POST", "/execution/reasoning", {"text": text})

    # Memory.

    def load_state(self) -> dict[str, Any]:
        """What the last window saved; empty if nothing readable is there."""
        return self.workspace.load_state()

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Remembers ``state`` (JSON-ready) for the next window; all of it or nothing."""
        self.workspace.save_state(state)

    def _next_key(self) -> str:
        self._keys += 1
        return f"{self.execution_id}-{self.env.get('attempt', 1)}-{self._keys}"

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._transport.call("GET", path)
        return answer

    def _do(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        answer: dict[str, Any] = self._transport.call(method, path, body, self._new_key())
        return answer

    def _list(self, path: str, limit: int, query: str = "") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor = None
        while len(items) < limit:
            parts = [query, f"limit={min(PAGE, limit - len(items))}"]
            if cursor is not None:
                parts.append(f"cursor={_segment(cursor)}")
            page = self._get(f"{path}?{'&'.join(filter(None, parts))}")
            items += page["items"]
            cursor = page.get("next_cursor")
            if not cursor or not page["items"]:
                break
        return items[:limit]


def _bid_document(bundle: Any, amount: Any, fallback: tuple[Any, Any] | None) -> dict[str, Any]:
    body = _offer_document(bundle, amount)
    if fallback is not None:
        body["fallback"] = _offer_document(*fallback)
    return body


def _file_document(content: bytes | str) -> str | dict[str, str]:
    if isinstance(content, str):
        return content
    try:
        if b"\0" not in content:
            return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return {"base64": b2a_base64(content, newline=False).decode("ascii")}


def _decimals(prices: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(str(price)) for name, price in prices.items()}


def _moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, int | float | Decimal):
        return datetime.fromtimestamp(float(value), UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _random_key() -> str:
    return os.urandom(16).hex()


def connect(environment: Mapping[str, str] | None = None) -> Me:
    """The agent of this process, from the variables that the sandbox set."""
    variables = os.environ if environment is None else environment
    with open(variables.get("ENV_JSON_PATH", "/run/syntropism/env.json"), encoding="utf-8") as file:
        env = json.load(file, parse_float=Decimal)
    moment = _moment(env.get("deadline"))
    deadline = None if moment is None else moment.timestamp()
    token, nats = variables.get("SYSTEM_SERVICE_TOKEN", ""), variables.get("NATS_URL", "")
    transport: Transport
    if nats:
        transport = NatsTransport(nats, token, str(env["execution_id"]), deadline)
    else:
        transport = HttpTransport(
            variables.get("SYSTEM_SERVICE_URL") or "http://localhost/api/v1",
            token,
            variables.get("SYSTEM_SERVICE_SOCKET", ""),
            deadline,
        )
    workspace = FolderWorkspace(variables.get("WORKSPACE_PATH", "/workspace"))
    return Me(env, transport, workspace, _random_key)


def run(live: Callable[[Me], None]) -> None:
    """Lives one window: ``live`` gets the agent of this process."""
    live(connect())
