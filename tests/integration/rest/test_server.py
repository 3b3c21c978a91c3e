"""A real server on a real socket: bodies without end, noise, busy ports."""

import json
import os
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from tests.integration.rest.conftest import Town
from tests.integration.rest.world import ADMIN

from syntropism.adapters.rest.body import BODY_BYTES_MAX
from syntropism.adapters.rest.client import OperatorClient, Unreachable
from syntropism.adapters.rest.server import CannotListen, RunningServer, listen, serve_in_thread
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain import errors

MEGABYTE = b"x" * 1_000_000


@pytest.fixture
def server(town: Town) -> Iterator[RunningServer]:
    running = serve_in_thread(town.world.app)
    yield running
    running.stop()


@pytest.fixture
def operator(server: RunningServer) -> Iterator[OperatorClient]:
    with OperatorClient(server.address, ADMIN) as client:
        yield client


def send(server: RunningServer, raw: bytes, *, close: bool = False) -> bytes:
    host, _, port = server.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(raw)
        if close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            if b'"request_id"' in received:
                break
        return received


def peak_memory_kb() -> int:
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1])


def test_a_body_of_100_mb_is_refused_without_being_kept(server: RunningServer, town: Town) -> None:
    before, balances = peak_memory_kb(), town.world.snapshot()
    url = f"{server.address}/api/v1/economic/transfer"
    headers = {"Authorization": f"Bearer {town.token}"}

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield MEGABYTE

    declared = {**headers, "Content-Length": str(100 * len(MEGABYTE))}
    for given in (headers, declared):  # chunked, then declared
        answer = httpx.post(url, content=chunks(), headers=given, timeout=30)
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "TOO_LARGE"
    assert town.world.snapshot() == balances
    assert peak_memory_kb() - before < 40_000


def test_a_body_just_within_the_limit_is_read(server: RunningServer, town: Town) -> None:
    raw = b'{"text":"%s"}' % (b"x" * (BODY_BYTES_MAX - 11))
    headers = {"Authorization": f"Bearer {town.token}"}
    url = f"{server.address}/api/v1/execution/reasoning"
    assert httpx.post(url, content=raw, headers=headers).status_code == 422
    assert httpx.post(url, content=raw + b" ", headers=headers).status_code == 413


def test_a_declared_length_that_lies(server: RunningServer, town: Town) -> None:
    head = (
        f"POST /api/v1/economic/transfer HTTP/1.1\r\nHost: town\r\n"
        f"Authorization: Bearer {town.token}\r\nContent-Length: "
    ).encode()
    body = json.dumps({"to": town.bob, "amount": 1}).encode()
    before = town.world.snapshot()
    chunked = head.replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\n\r\n")
    assert b" 400 " in send(server, chunked + b"ZZ\r\n" + body)
    assert b" 413 " in send(server, head + b"9" * 18 + b"\r\n\r\n")
    assert b" 400 " in send(server, head + b"-1\r\n\r\n" + body)
    assert b" 400 " in send(server, head + b"5, 6\r\n\r\n" + body)
    assert b" 200 " not in send(server, head + b"1000\r\n\r\n" + body, close=True)
    assert b" 400 " in send(server, head + b"5\r\n\r\n" + body)
    assert town.world.snapshot() == before


def test_noise_and_endless_headers_do_not_stop_the_server(
    server: RunningServer, operator: OperatorClient
) -> None:
    noise = send(server, b"\x16\x03\x01\x02\x00\x01\x00" * 10 + b"\r\n\r\n", close=True)
    assert json.loads(noise.partition(b"\r\n\r\n")[2])["error"]["code"] == "MALFORMED"
    assert b" 400 " in send(server, b"\x16\x03\x01\x02\x00\x01\x00" * 10 + b"\r\n\r\n", close=True)
    many = b"".join(b"X-%d: y\r\n" % number for number in range(20_000))
    assert b" 400 " in send(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many[:60_000])
    send(server, b"GET /healthz HTTP/1.1\r\n", close=True)
    assert b" 404 " in send(server, b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert operator.status()["alive"] == 3


def test_a_server_that_is_stopped_no_longer_answers_and_can_be_stopped_again(town: Town) -> None:
    server = serve_in_thread(town.world.app)
    server.stop()
    server.stop()
    with OperatorClient(server.address, ADMIN) as client, pytest.raises(Unreachable) as caught:
        client.status()
    assert "\n" not in str(caught.value)


def test_answers_do_not_wait_for_acknowledgements(server: RunningServer) -> None:
    # asyncio sets TCP_NODELAY only on sockets that say that they are TCP.
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
    with httpx.Client(base_url=server.address) as client:
        seconds = min(client.get("/healthz").elapsed.total_seconds() for _ in range(10))
    assert seconds < 0.03


def test_addresses_that_cannot_be_served(server: RunningServer, town: Town) -> None:
    port = int(server.address.rpartition(":")[2])
    for host, wanted, said in (
        ("127.0.0.1", port, "the port is in use"),
        ("192.0.2.1", 0, "does not have that address"),
        ("no-such-host.invalid", 0, "cannot listen"),
        ("127.0.0.1", 70_000, "port must be"),
    ):
        with pytest.raises(CannotListen) as caught:
            serve_in_thread(town.world.app, host, wanted)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen anywhere")
def test_a_port_that_is_not_permitted(town: Town) -> None:
    with pytest.raises(CannotListen, match="not permitted"):
        serve_in_thread(town.world.app, "127.0.0.1", 1)


def test_the_operator_s_client_does_what_the_door_offers(
    operator: OperatorClient, town: Town
) -> None:
    shown = town.world.ask(town.bobs_token, "POST", "/human/prompt", {"content": "look"}).json()
    prompt = shown["data"]["id"]
    assert [one["id"] for one in operator.prompt_queue()["items"]] == [prompt]
    scores = {"interesting": 5, "useful": 5, "understandable": 5}
    assert operator.score_prompt(prompt, scores)["reward"] == 750
    assert operator.prompts()["items"][0]["status"] == "scored"
    assert {one["name"] for one in operator.agents(status="alive")["items"]} == {
        "ada",
        "bob",
        "dan",
    }
    created = operator.create_agent({"name": "eve", "endowment": 30, "files": {"main.py": ""}})
    assert operator.agent("eve")["id"] == created["id"]
    assert operator.kill_agent("eve")["status"] == "dead"
    assert operator.sponsor_agent("ada")["payer_id"] == "treasury"
    window = operator.executions(agent="bob")["items"][0]["id"]
    assert operator.execution(window)["status"] == "running"
    assert operator.execution_log(window)["log"] == ""
    assert operator.dead_letters()["items"] == []
    assert operator.balance("treasury")["held"] == 25
    assert operator.market_state()["open_bids"] == 2
    assert operator.cycles(limit=1)["items"][0]["cycle"] == 1
    assert operator.transactions(limit=3, account=town.ada)["items"]
    assert operator.config() == {"market": {"preset": "truthful"}}
    token = operator.issue_token("zoe", "viewer")["token"]
    with OperatorClient(operator._url, token) as viewer, pytest.raises(errors.Forbidden):
        viewer.kill_agent("ada")


def test_the_operator_s_client_raises_what_the_economy_refused_with(
    operator: OperatorClient, server: RunningServer, monkeypatch: pytest.MonkeyPatch, town: Town
) -> None:
    with pytest.raises(errors.NotFound):
        operator.agent("../../nobody?x=1#")
    with pytest.raises(errors.Invalid) as caught:
        operator.agents(limit=0)
    assert caught.value.details["field"] == "limit"
    with pytest.raises(errors.Conflict):
        operator.kill_agent("cyd")
    with pytest.raises(errors.NotFound):
        operator.retry_dead_letter("x")
    with pytest.raises(errors.NotFound):
        operator.discard_dead_letter("x")
    with pytest.raises(errors.NotFound):
        operator.skip_prompt("x")
    with OperatorClient(server.address, "wrong") as stranger, pytest.raises(errors.Unauthenticated):
        stranger.status()

    def fail(*_: object, **__: object) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr(type(town.world.store), "__call__", fail)
    with pytest.raises(StorageFailed, match="the disk is full"):
        operator.status()


def test_what_is_not_an_economy_is_recognised() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    thread = threading.Thread(target=answer)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with OperatorClient(url, "x") as client, pytest.raises(Unreachable, match="not an economy"):
        client.status()
    thread.join()
    listener.close()
    with OperatorClient("http://[bad", "x") as client, pytest.raises(Unreachable):
        client.status()
