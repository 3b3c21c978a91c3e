"""The SDK's HTTP against a real server, over TCP and over a Unix socket."""

import json
import socketserver
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler

import pytest

from syntropism.agent_sdk.syntropism_sdk import (
    ApiError,
    CannotAfford,
    Conflict,
    Credits,
    HttpTransport,
    Invalid,
    NoAttention,
    Unavailable,
)


class Script:
    """What the server shall answer, one step per request, and the requests it got."""

    def __init__(self):
        self.steps = []
        self.requests = []
        self.connections = 0


def raw(status, document, headers=(), *, length=None):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {length or len(body)}"]
    head += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def data(value):
    return raw(200, {"data": value, "meta": {}})


def error(status, code, headers=(), **details):
    return raw(status, {"error": {"code": code, "message": "no", "details": details}}, headers)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.script.connections += 1

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        script = self.server.script
        script.requests.append((self.command, self.path, dict(self.headers), body))
        step = script.steps.pop(0)
        if callable(step):
            step = step()
        if step is not None:
            self.wfile.write(step)
        if step is None or not is_whole(step):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 (names that http.server wants)

    def log_message(self, *args):
        pass


def is_whole(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1]) == len(body)
    return b"chunked" in head and body.endswith(b"0\r\n\r\n")


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("unix", 0)


@pytest.fixture(params=["tcp", "unix"])
def server(request, tmp_path):
    if request.param == "tcp":
        server = TcpServer(("127.0.0.1", 0), Handler)
        server.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
        server.socket_path = ""
    else:
        server = UnixServer(str(tmp_path / "s"), Handler)
        server.url = "http://localhost/api/v1"
        server.socket_path = str(tmp_path / "s")
    server.script = Script()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def naps():
    return []


@pytest.fixture
def transport(server, naps):
    transport = HttpTransport(server.url, "secret", server.socket_path, sleep=naps.append)
    yield transport
    transport.close()


def test_a_call_carries_the_token_the_key_and_exact_json(server, transport):
    server.script.steps = [data({"balance": 0.1})]
    body = {"amount": Credits("0.000001"), "memo": 'grüße "\n\ud83d\ude00', "n": Decimal("2.50")}
    assert transport.call("POST", "/economic/transfer", body, "k1") == {"balance": Decimal("0.1")}
    command, path, headers, sent = server.script.requests[0]
    assert (command, path) == ("POST", "/api/v1/economic/transfer")
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Idempotency-Key"] == "k1"
    assert sent == (rb'{"amount": 0.000001, "memo": "gr\u00fc\u00dfe \"\n\ud83d\ude00", "n": 2.50}')


def test_many_calls_share_one_connection(server, transport):
    server.script.steps = [data(n) for n in range(20)]
    assert [transport.call("GET", "/x") for _ in range(20)] == list(range(20))
    assert server.script.connections == 1


def test_a_lost_answer_is_asked_again_with_the_same_key(server, transport, naps):
    server.script.steps = [None, None, data("once")]
    assert transport.call("POST", "/market/bid", {"a": 1}, "the-key") == "once"
    keys = {request[2]["Idempotency-Key"] for request in server.script.requests}
    assert keys == {"the-key"}
    assert len(server.script.requests) == 3
    assert len(naps) == 2


def test_a_truncated_answer_is_not_taken_for_a_whole_one(server, transport):
    whole = {"data": [1, 2, 3]}
    server.script.steps = [
        raw(200, whole, length=500),
        b'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\n',
        b"HTTP/1.1 200",
        raw(200, whole),
    ]
    assert transport.call("GET", "/x") == [1, 2, 3]
    assert len(server.script.requests) == 4


def test_429_503_and_409_wait_as_long_as_they_say(server, transport, naps):
    server.script.steps = [
        error(429, "RATE_LIMITED", [("Retry-After", "2")]),
        error(503, "UNAVAILABLE", [("Retry-After", "4")]),
        error(409, "CONFLICT", [("Retry-After", "1")]),
        data("done"),
    ]
    assert transport.call("POST", "/x", {}, "k") == "done"
    assert naps == [2.0, 4.0, 1.0]
    assert {request[2]["Idempotency-Key"] for request in server.script.requests} == {"k"}


def test_409_without_retry_after_is_final(server, transport, naps):
    server.script.steps = [error(409, "IDEMPOTENCY_CONFLICT")]
    with pytest.raises(Conflict) as refusal:
        transport.call("POST", "/x", {}, "k")
    assert refusal.value.code == "IDEMPOTENCY_CONFLICT"
    assert naps == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (402, "INSUFFICIENT_CREDITS", CannotAfford),
        (403, "NO_ATTENTION", NoAttention),
        (422, "INVALID", Invalid),
        (400, "MALFORMED", Invalid),
        (500, "INTERNAL", Unavailable),
        (418, "TEAPOT", ApiError),
    ],
)
def test_a_refusal_is_raised_at_once(server, transport, status, code, kind):
    server.script.steps = [error(status, code, field="amount")]
    with pytest.raises(kind) as refusal:
        transport.call("POST", "/x", {}, "k")
    assert refusal.value.status == status
    assert refusal.value.code == code
    assert refusal.value.details == {"field": "amount"}
    assert len(server.script.requests) == 1


def test_attempts_are_bounded(server, naps):
    server.script.steps = [error(503, "UNAVAILABLE")] * 9
    transport = HttpTransport(server.url, "", server.socket_path, attempts_max=3, sleep=naps.append)
    with pytest.raises(Unavailable):
        transport.call("GET", "/x")
    assert len(server.script.requests) == 3
    transport.close()


def test_waiting_never_passes_the_deadline(server, naps):
    server.script.steps = [error(429, "RATE_LIMITED", [("Retry-After", "60")])]
    transport = HttpTransport(
        server.url, "", server.socket_path, deadline=time.time() + 5, sleep=naps.append
    )
    with pytest.raises(ApiError):
        transport.call("GET", "/x")
    assert naps == []
    transport.close()


def test_a_silent_server_is_given_up_at_the_deadline(server):
    server.script.steps = [lambda: time.sleep(1.5)] * 9
    started = time.monotonic()
    transport = HttpTransport(server.url, "", server.socket_path, deadline=time.time() + 0.4)
    with pytest.raises(Unavailable):
        transport.call("GET", "/x")
    assert time.monotonic() - started < 1.2
    transport.close()


def test_chunked_answers_are_joined_and_the_connection_goes_on(server, transport):
    document = json.dumps({"data": "ü" * 1000}, ensure_ascii=False).encode()
    chunks = [document[:1], document[1:700], document[700:]]
    body = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in chunks)
    server.script.steps = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n",
        data("next"),
    ]
    assert transport.call("GET", "/x") == "ü" * 1000
    assert transport.call("GET", "/x") == "next"
    assert server.script.connections == 1


def test_an_interim_answer_is_skipped(server, transport):
    server.script.steps = [b"HTTP/1.1 100 Continue\r\n\r\n" + data("final")]
    assert transport.call("GET", "/x") == "final"


def test_an_answer_without_a_length_ends_with_the_connection(server, transport):
    server.script.steps = [b'HTTP/1.1 200 OK\r\n\r\n{"data": "until the end"}', data("again")]
    assert transport.call("GET", "/x") == "until the end"
    assert transport.call("GET", "/x") == "again"


def test_a_huge_answer_arrives_whole(server, transport):
    server.script.steps = [data("x" * 5_000_000)]
    assert transport.call("GET", "/x") == "x" * 5_000_000


def test_an_answer_beyond_the_limit_is_refused_unread(server, transport):
    server.script.steps = [raw(200, b"x", length=10**12)]
    with pytest.raises(ApiError, match="ANSWER_TOO_LARGE"):
        transport.call("GET", "/x")


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"meta": {}}', b"\xff\xfe"])
def test_a_success_without_data_is_an_error(server, transport, body):
    server.script.steps = [raw(200, body)]
    with pytest.raises(Unavailable, match="ANSWER_MALFORMED"):
        transport.call("GET", "/x")


def test_a_refusal_that_is_not_ours_keeps_its_status(server, transport):
    server.script.steps = [raw(404, b"<html>")]
    with pytest.raises(ApiError) as refusal:
        transport.call("GET", "/x")
    assert (refusal.value.status, refusal.value.code) == (404, "HTTP_404")


def test_a_closed_keep_alive_connection_is_reopened(server, transport):
    server.script.steps = [data(1), None, data(2)]
    assert transport.call("GET", "/x") == 1
    assert transport.call("GET", "/x") == 2


def test_connection_refused_is_unavailable(tmp_path, naps):
    transport = HttpTransport("http://127.0.0.1:1/api/v1", "", "", sleep=naps.append)
    with pytest.raises(Unavailable):
        transport.call("GET", "/x")
    transport = HttpTransport("http://h/api/v1", "", str(tmp_path / "none"), sleep=naps.append)
    with pytest.raises(Unavailable):
        transport.call("GET", "/x")


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "ü", "\0"])
def test_a_key_cannot_smuggle_a_header(server, transport, key):
    with pytest.raises(ValueError, match="printable"):
        transport.call("POST", "/x", {}, key)
    assert server.script.requests == []


@pytest.mark.parametrize("url", ["ftp://h/", "localhost:1", "http:///x", "https://h/"])
def test_only_http_urls_are_taken(url):
    with pytest.raises(ValueError, match="http://"):
        HttpTransport(url, "")
