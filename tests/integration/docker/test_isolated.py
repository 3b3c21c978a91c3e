"""A network of its own leads an agent to the System Service, and nowhere else."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from attrs import evolve
from tests.contracts.sandbox.docker import OPTIONS, OWNER, docker_rig
from tests.contracts.sandbox.rig import Rig

from syntropism.adapters.docker.client import connect
from syntropism.adapters.docker.networks import (
    can_close_bridges,
    make_network,
    own_addresses,
    remove_network,
)
from syntropism.adapters.docker.workers import LABEL, LABEL_WORKER, this_worker
from syntropism.application.ports.sandbox import Termination
from syntropism.domain.identifiers import AgentId

pytestmark = pytest.mark.xdist_group("docker")

ISOLATED = evolve(OPTIONS, network="isolated")

PRELUDE = """
import errno, json, os, socket, struct, sys, threading, time, urllib.request
gateway = os.environ["SYSTEM_SERVICE_URL"].split("/")[2].split(":")[0]
own = None
with open("/proc/net/fib_trie") as table:
    last = ""
    for line in table:
        if "|--" in line:
            last = line.split()[-1]
        elif "host LOCAL" in line and not last.startswith("127."):
            own = last

def reaches(address, port, seconds=1.0, family=socket.AF_INET, bound=False):
    with socket.socket(family) as one:
        one.settimeout(seconds)
        if bound:
            one.setsockopt(socket.SOL_SOCKET, 25, b"eth0")
            one.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        try:
            one.connect((address, port))
            return True
        except OSError:
            return False

def shout(address, port, bound):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if bound:
            one.setsockopt(socket.SOL_SOCKET, 25, b"eth0")
            one.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        try:
            one.sendto(b"out", (address, port))
        except OSError:
            pass
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with docker_rig(tmp_path, ISOLATED) as rig:
        yield rig
        assert networks() == []


def networks(label: str = f"{LABEL_WORKER}={this_worker()}") -> list[str]:
    """The networks that the daemon has of this process, unless another label is given."""
    client = connect(OPTIONS)
    try:
        return [one["Name"] for one in client.networks(filters={"label": label})]
    finally:
        client.close()


@contextmanager
def listeners() -> Iterator[tuple[int, list[object]]]:
    """The host listens on every address it has, TCP and UDP, one port; what arrived."""
    heard: list[object] = []
    stop = threading.Event()
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("", 0)))
        port = tcp.getsockname()[1]
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("", port))
        open_ones = [tcp, udp]
        if socket.has_ipv6:
            tcp6 = stack.enter_context(socket.socket(socket.AF_INET6))
            tcp6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            tcp6.bind(("::", port))
            tcp6.listen()
            open_ones.append(tcp6)

        def listen(one: socket.socket) -> None:
            one.settimeout(0.1)
            while not stop.is_set():
                try:
                    heard.append(one.accept()[1] if one is not udp else one.recvfrom(64))
                except TimeoutError:
                    continue

        threads = [threading.Thread(target=listen, args=(one,)) for one in open_ones]
        for thread in threads:
            thread.start()
        try:
            yield port, heard
        finally:
            time.sleep(0.3)
            stop.set()
            for thread in threads:
                thread.join()


def host_addresses() -> list[str]:
    """Every IPv4 address of this host that is not its loopback; docker0's among them."""
    return sorted(str(one) for one in own_addresses() if not one.is_loopback)


def host_addresses_6() -> list[str]:
    """Every IPv6 address of this host."""
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return []
    return [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(line.split()[0])) for line in lines]


def test_the_service_answers_through_the_gateway(rig: Rig) -> None:
    outcome = rig.run(
        PRELUDE
        + """
url = os.environ["SYSTEM_SERVICE_URL"]
with urllib.request.urlopen(url + "/economic/balance") as answer:
    print(json.load(answer)["data"]["path"])
told = json.load(open("/run/syntropism/env.json"))
print(gateway != "127.0.0.1", url == told["system_service_url"])
print(os.environ.get("NATS_URL"))
"""
    )
    assert outcome.log == "/api/v1/economic/balance\nTrue True\nNone\n"


def test_the_host_is_on_no_address_and_no_port(rig: Rig) -> None:
    addresses = host_addresses()
    assert addresses
    with listeners() as (port, heard):
        with socket.create_connection((addresses[0], port), timeout=5):
            pass  # whoever may, can
        deadline = time.monotonic() + 5
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(heard) == 1
        heard.clear()
        outcome = rig.run(
            PRELUDE
            + f"""
bridge = own.rpartition(".")
phantom = bridge[0] + "." + str(int(bridge[2]) - 2)
neighbours = [bridge[0] + "." + str(int(bridge[2]) + n) for n in (-3, -2, 1, 2, 3, 4)]
targets = {addresses!r} + [phantom, *neighbours, "127.0.0.1", "169.254.169.254", "0.0.0.0"]
found = []
def attempt(address, port, bound):
    if reaches(address, port, 3, bound=bound):
        found.append((address, port, bound))
threads = [
    threading.Thread(target=attempt, args=(address, port, bound))
    for address in targets for port in ({port}, 22, 80) for bound in (False, True)
]
for thread in threads: thread.start()
for thread in threads: thread.join()
for address in [*targets, "255.255.255.255", "224.0.0.1", "224.0.0.251", "239.255.255.250"]:
    for bound in (False, True):
        shout(address, {port}, bound)
print(found)
""",
            processes_max=127,
            seconds=30,
        )
        assert outcome.log == "[]\n", outcome
    if can_close_bridges():
        assert heard == []
    else:
        assert {one[0] for one in heard} <= {b"out"}  # a named exception; never a connection


def test_ipv6_leads_nowhere(rig: Rig) -> None:
    with listeners() as (port, heard):
        outcome = rig.run(
            PRELUDE
            + f"""
print(open("/proc/net/if_inet6").read().split())
found = []
for address in {host_addresses_6()!r} + ["ff02::1", "fe80::1"]:
    for scope in (0, socket.if_nametoindex("eth0")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                one = socket.socket(socket.AF_INET6, kind)
                one.settimeout(2)
                one.connect((address, {port}, 0, scope))
                one.send(b"out")
                found.append(address)
            except OSError:
                pass
print(found)
""",
            seconds=60,
        )
    assert outcome.log == "[]\n[]\n", outcome
    assert heard == []


def test_no_name_leaves_it(rig: Rig) -> None:
    """Left alone, the daemon of a network like this asks the resolver of the host."""
    outcome = rig.run(
        PRELUDE
        + """
def query(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        question = b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00"
        question += b"\\x07example\\x03com\\x00\\x00\\x01\\x00\\x01"
        try:
            one.sendto(question, (server, 53))
            answer = one.recv(512)
        except OSError:
            return 0
        return int.from_bytes(answer[6:8], "big")
print(query("127.0.0.11"), query(gateway), query("8.8.8.8"))
try:
    print(socket.getaddrinfo("example.com", 80))
except OSError:
    print("no such name")
""",
        seconds=40,
    )
    assert outcome.log == "0 0 0\nno such name\n", outcome


def test_the_gateway_has_one_port_and_is_no_proxy(rig: Rig) -> None:
    with listeners() as (port, heard):
        target = host_addresses()[0]
        outcome = rig.run(
            PRELUDE
            + f"""
open_ports = [port for port in range(1, 65536) if reaches(gateway, port, 0.5)]
print(open_ports)
for question in (
    "CONNECT {target}:{port} HTTP/1.1\\r\\nHost: {target}:{port}\\r\\n\\r\\n",
    "GET http://{target}:{port}/ HTTP/1.0\\r\\nHost: {target}:{port}\\r\\n\\r\\n",
    "\\x05\\x01\\x00\\x05\\x01\\x00\\x01",
):
    with socket.create_connection((gateway, 8000)) as one:
        one.settimeout(1)
        one.sendall(question.encode("latin-1"))
        try:
            print(one.recv(4096).split(b"\\r\\n")[0].decode("latin-1")[:60])
        except OSError:
            print("nothing")
""",
            seconds=60,
            cpu=30,
        )
    assert heard == []
    lines = outcome.log.splitlines()
    assert lines[0] == "[8000]", outcome
    # What arrived was taken by the System Service, for its own: it knows no other place.
    assert "501" in lines[1]
    assert lines[2:] and "200" in lines[2]


def test_executions_do_not_reach_each_other(rig: Rig, tmp_path: Path) -> None:
    listening = """
    import socket, time, os
    one = socket.create_server(("0.0.0.0", 7000))
    two = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    two.bind(("0.0.0.0", 7000))
    table = open("/proc/net/fib_trie").read().split("|--")
    own = [part.split()[0] for part in table if "host LOCAL" in part]
    open("address", "w").write([each for each in own if not each.startswith("127.")][0])
    one.settimeout(0.1); two.settimeout(0.1)
    while not os.path.exists("done"):
        for each, ask in ((one, one.accept), (two, lambda: two.recvfrom(10))):
            try:
                print("heard", ask())
            except TimeoutError:
                pass
    """
    second = tmp_path / "second"
    second.mkdir()
    if OWNER is not None:
        os.chown(second, *OWNER)
    peer = Rig(rig.sandbox, second, rig.address, OWNER)
    outcomes = []
    living = threading.Thread(
        target=lambda: outcomes.append(
            peer.run(listening, seconds=60, agent_id=AgentId("bob"), cpu=30)
        )
    )
    living.start()
    try:
        deadline = time.monotonic() + 30
        while not (second / "address").exists():
            assert time.monotonic() < deadline and living.is_alive(), outcomes
            time.sleep(0.02)
        address = (second / "address").read_text()
        mine = rig.run(
            PRELUDE
            + f"""
other = "{address}".rpartition(".")
their_gateway = other[0] + "." + str(int(other[2]) - 1)
print(own != "{address}", gateway != their_gateway)
for bound in (False, True):
    print(reaches("{address}", 7000, 3, bound=bound), reaches(their_gateway, 8000, 3, bound=bound))
    shout("{address}", 7000, bound)
    shout("255.255.255.255", 7000, bound)
""",
            seconds=40,
        )
    finally:
        (second / "done").touch()
        living.join()
    assert mine.log == "True True\nFalse False\nFalse False\n", mine
    assert (outcomes[0].termination, outcomes[0].log) == (Termination.COMPLETED, "")


def test_nats_is_reached_where_it_is_configured(tmp_path: Path) -> None:
    def greet(server: socket.socket) -> None:
        with server.accept()[0] as one:
            one.sendall(b"INFO {}\r\n")
            assert one.recv(64) == b"CONNECT {}\r\n"
            one.sendall(b"+OK\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greet, args=(server,), daemon=True)
        thread.start()
        with docker_rig(tmp_path, evolve(ISOLATED, nats=server.getsockname())) as rig:
            outcome = rig.run(
                """
                import os, socket
                host, port = os.environ["NATS_URL"].removeprefix("nats://").split(":")
                with socket.create_connection((host, int(port))) as one:
                    print(one.recv(64))
                    one.sendall(b"CONNECT {}\\r\\n")
                    print(one.recv(64))
                """
            )
        thread.join(5)
    assert outcome.log == "b'INFO {}\\r\\n'\nb'+OK\\r\\n'\n"


def test_what_a_killed_worker_left_is_swept(rig: Rig) -> None:
    client = connect(OPTIONS)
    try:
        gone = subprocess.run(
            [os.sys.executable, "-c", _PRINT_WORKER], capture_output=True, text=True, check=True
        ).stdout.strip()
        make_network(client, ISOLATED.network_pool, {LABEL: "left", LABEL_WORKER: gone})
        mine = make_network(
            client, ISOLATED.network_pool, {LABEL: "alive", LABEL_WORKER: this_worker()}
        )
        left = f"{LABEL_WORKER}={gone}"
        rig.sandbox.cleanup(3_600)
        assert len(networks(left)) == 1
        assert rig.sandbox.cleanup(0) >= 1
        assert networks(left) == []
        assert len(networks()) == 1, "a worker that lives keeps its own"
        assert remove_network(client, mine.id)
    finally:
        client.close()


_PRINT_WORKER = "from syntropism.adapters.docker.workers import this_worker; print(this_worker())"


def test_the_pool_of_addresses_is_not_used_up(tmp_path: Path) -> None:
    """A pool of 32 networks, of which windows use one each and give it back."""
    pool = "198.18.77.0/24"
    with docker_rig(tmp_path, evolve(ISOLATED, network_pool=pool)) as rig:
        for _ in range(3):
            outcome = rig.run(PRELUDE + "print(own)")
            assert outcome.log.startswith("198.18.77."), outcome
            assert json.dumps(networks()) == "[]"


def test_the_probe_says_which_network(rig: Rig) -> None:
    report = rig.sandbox.probe()
    assert report.available
    assert "no network" not in report.enforces
    assert any("gateway" in one for one in report.enforces)
    heard = any("broadcast" in one for one in report.exceptions)
    assert heard is not can_close_bridges()
