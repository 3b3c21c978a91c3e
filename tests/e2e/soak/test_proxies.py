"""The proxies do what the soak relies on."""

import http.client
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.e2e.soak.http_proxy import HttpProxy, whole_request


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
    made = HttpProxy("api", [("127.0.0.1", server.server_port)], "a seed")
    yield made
    made.close()


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


def test_what_has_a_key_is_asked_twice_and_nothing_else(server: Server, proxy: HttpProxy) -> None:
    proxy.mischief = 1.0
    assert post(proxy, "a", "") == [b"ok"] * 2
    until = time.monotonic() + 10
    while len(server.seen) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert sorted(server.seen) == ["abody", "abody", "body"]


def test_an_answer_is_lost_after_the_work_was_done(server: Server, proxy: HttpProxy) -> None:
    proxy.mischief = 0.5
    while not proxy.faults["answer lost"]:
        try:
            post(proxy, "a")
        except (http.client.HTTPException, OSError):
            break
    assert proxy.faults["answer lost"] == 1
    assert len(server.seen) >= 1


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
