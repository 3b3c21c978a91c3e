"""The proxies do what the soak relies on."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.e2e.soak import nats_proxy
from tests.e2e.soak.http_proxy import HttpProxy, Shares, whole_request
from tests.e2e.soak.nats_proxy import NatsProxy, frames, kind_of
from tests.e2e.soak.postgres_proxy import COMMIT, PostgresProxy
from tests.servers.proxy import Dose


class Server(ThreadingHTTPServer):
    daemon_threads = True
    seen: list[str]


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            made.seen.append(
                self.headers.get("Idempotency-Key", "") + self.rfile.read(size).decode()
            )
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    made = Server(("127.0.0.1", 0), Handler)
    made.seen = []
    Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def proxy(server: Server) -> Iterator[HttpProxy]:
    with going_wrong(server, Shares()) as made:
        yield made


@contextmanager
def going_wrong(server: Server, shares: Shares) -> Iterator[HttpProxy]:
    """Before ``server``, for agents."""
    made = HttpProxy("api", [("127.0.0.1", server.server_port)], "a seed", shares, Shares())
    made.mischief = True
    yield made
    made.close()


class Echo:
    """Says again what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                talk, _ = self.listening.accept()
                while piece := talk.recv(4096):
                    self.heard += piece
                    talk.sendall(piece)
                talk.close()
            except OSError:
                if self.listening.fileno() < 0:
                    return


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.listening.close()


def eventually_heard(echo: Echo, text: bytes) -> bool:
    until = time.monotonic() + 10
    while text not in echo.heard and time.monotonic() < until:
        time.sleep(0.01)
    return text in echo.heard


def post(proxy: HttpProxy, *keys: str) -> list[bytes]:
    """Answers to requests with these keys, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    answers = []
    for key in keys:
        connection.request("POST", "/", b"body", {"Idempotency-Key": key} if key else {})
        answers.append(connection.getresponse().read())
    connection.close()
    return answers


def test_in_peace_it_only_carries(server: Server, proxy: HttpProxy) -> None:
    assert post(proxy, "a", "b", "c") == [b"ok"] * 3
    assert server.seen == ["abody", "bbody", "cbody"]
    assert not proxy.faults


def test_what_has_a_key_is_asked_twice_and_nothing_else(server: Server) -> None:
    with going_wrong(server, Shares(twice=1.0)) as proxy:
        assert post(proxy, "a", "") == [b"ok"] * 2
        until = time.monotonic() + 10
        while len(server.seen) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert sorted(server.seen) == ["abody", "abody", "body"]
        assert proxy.faults == {"agents: asked twice": 1}


def test_a_question_is_lost_before_anybody_hears_it(server: Server) -> None:
    with going_wrong(server, Shares(lost=1.0)) as proxy:
        with pytest.raises((http.client.HTTPException, OSError)):
            post(proxy, "a")
        assert server.seen == []


def test_an_answer_is_lost_after_the_work_was_done(server: Server) -> None:
    with going_wrong(server, Shares(answer_lost=1.0)) as proxy:
        with pytest.raises((http.client.HTTPException, OSError)):
            post(proxy, "a")
        assert server.seen == ["abody"]


def test_a_healed_proxy_does_no_mischief(server: Server) -> None:
    with going_wrong(server, Shares(lost=1.0)) as proxy:
        proxy.heal()
        assert post(proxy, "a") == [b"ok"]


def test_a_commit_is_lost_or_its_answer_is(echo: Echo) -> None:
    proxy = PostgresProxy("postgres", echo.port, "a seed", (0.0, 0.0))
    proxy.mischief = True
    try:
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.sendall(COMMIT)
            assert client.recv(100) == b""
        assert echo.heard == b""
        proxy._lost = Dose("never", (1e9, 1e9))
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.sendall(b"SELECT 1")
            assert client.recv(100) == b"SELECT 1"
            client.sendall(COMMIT)
            assert client.recv(100) == b""
        assert echo.heard == b"SELECT 1" + COMMIT
        assert proxy.faults == {"commit lost": 1, "commit's answer lost": 1}
    finally:
        proxy.close()


def test_messages_are_repeated_and_lost_whole(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_proxy, "LOST_SECONDS", (1e9, 1e9))
    monkeypatch.setitem(nats_proxy.REPEATED, "offer", 1.0)
    monkeypatch.setattr(nats_proxy, "LATER_SECONDS", (0.0, 0.0))
    proxy = NatsProxy("nats", echo.port, "a seed")
    proxy.mischief = True
    try:
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.sendall(b"PING\r\nPUB work.anybody.1 2\r\n")
            client.sendall(b"ab\r\nPING\r\n")
            assert eventually_heard(echo, b"ab\r\nPING\r\n")
            assert eventually_heard(echo, b"PUB work.anybody.1 2\r\nab\r\n" * 2)
            proxy._lost["event"] = Dose("at once", (0.0, 1e9))
            client.sendall(b"PUB events.a 1\r\nx\r\nPUB events.a 1\r\ny\r\n")
            assert eventually_heard(echo, b"PUB events.a 1\r\ny\r\n")
            assert b"x" not in echo.heard
    finally:
        proxy.close()


def test_messages_are_taken_apart_wherever_they_are_torn() -> None:
    whole = [b"PING\r\n", b"HPUB events.a 4 6\r\nhead\r\n\r\n", b"MSG a 1 0\r\n\r\n", b"+OK\r\n"]
    text = b"".join(whole)
    for torn in range(len(text)):
        had = bytearray(text[:torn])
        first = list(frames(had))
        had += text[torn:]
        assert [*first, *frames(had)] == whole
        assert not had
    assert [kind_of(one) for one in whole] == ["", "event", "delivery", ""]


def test_it_cuts_refuses_and_heals(proxy: HttpProxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    connection.request("POST", "/", b"body")
    connection.getresponse().read()
    proxy.cut()
    assert proxy.faults["cut"] == 1
    proxy.refuse(60)
    with pytest.raises((http.client.HTTPException, OSError)):
        post(proxy, "a")
    proxy.heal()
    assert post(proxy, "a") == [b"ok"]


def test_a_request_is_whole_when_its_body_is() -> None:
    request = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
    assert whole_request(request + b"POST") == request
    assert all(whole_request(request[:size]) == b"" for size in range(len(request)))
