"""The outbox against a real server: what may go wrong, and one line for each."""

import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.servers.nats import NatsServer

pytest.importorskip("nats")
from tests.integration.nats.history import happen, linked, out, publishing, told, town

from syntropism.adapters.nats.link import Link, Unreachable, Unusable
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock

ROOT = Path(__file__).parents[3]


def eventually(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.05)


def test_what_happens_is_published_also_by_two_replicas(nats_server: NatsServer) -> None:
    store = town()
    happen(store, 300)
    replicas = [publishing(nats_server.url, store) for _ in range(2)]
    for replica in replicas:
        replica.start()
    happen(store, 10)
    with linked(nats_server.url) as link:
        eventually(lambda: len(out(link)) == 310)
        replicas[0].stop()
        happen(store, 5)
        eventually(lambda: len(out(link)) == 315)
        replicas[1].stop()
        assert out(link) == told(store)


def test_a_server_that_is_killed_is_waited_for_and_nothing_is_lost(
    own_nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    store = town()
    gateway = publishing(own_nats.url, store)
    gateway.start()
    try:
        happen(store, 50)
        with linked(own_nats.url) as link:
            eventually(lambda: len(out(link)) == 50)
        own_nats.kill()
        happen(store, 50)
        time.sleep(1)
        own_nats.start()
        happen(store, 50)
        with linked(own_nats.url) as link:
            eventually(lambda: len(out(link)) == 150, 60)
            assert out(link) == told(store)
    finally:
        gateway.stop()


def test_a_server_that_comes_late_is_waited_for(
    own_nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    own_nats.stop()
    store = town()
    happen(store, 3)
    gateway = publishing(own_nats.url, store)
    with caplog.at_level(logging.WARNING, "syntropism.nats"):
        gateway.start()
        try:
            assert any("no NATS server answers at" in line for line in caplog.messages)
            own_nats.start()
            with linked(own_nats.url) as link:
                eventually(lambda: len(out(link)) == 3, 60)
        finally:
            gateway.stop()
    assert all("\n" not in line for line in caplog.messages)


def test_full_storage_is_one_line_and_goes_on_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    server = NatsServer(folder, jetstream="{ max_file_store: 1MB }").start()
    store = town()
    gateway = publishing(server.url, store)
    try:
        with caplog.at_level(logging.WARNING, "syntropism.nats"):
            gateway.start()
            happen(store, 30, size=100_000)
            eventually(lambda: any("is full" in line for line in caplog.messages))
        with linked(server.url) as link:
            before = out(link)
            assert 0 < len(before) < 30
            assert before == told(store)[: len(before)]
            seen = list(before)

            def drained() -> bool:
                link.call(link.jetstream.purge_stream("EVENTS", keep=1))
                seen.extend(one for one in out(link) if one not in seen)
                return seen[-1] == told(store)[-1]

            eventually(drained, 60)
        assert sum("is full" in line for line in caplog.messages) < 10  # told, not repeated
    finally:
        gateway.stop()
        server.stop()


def test_whoever_publishes_is_killed_again_and_again(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    """With ``kill -9``, wherever it happens to be; two of them at a time."""
    url = f"sqlite:///{tmp_path}/town.db"
    store = SqlStore(url, SystemClock())
    lots = random.Random(5)

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.integration.nats.killed", nats_server.url, url],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            stdout=subprocess.PIPE,
        )

    replicas = [start(), start()]
    try:
        for number in range(8):
            victim = replicas[number % 2]
            assert victim.stdout is not None
            victim.stdout.readline()
            for _ in range(lots.randrange(1, 6)):
                happen(store, lots.randrange(30))
                time.sleep(0.02)
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            victim.stdout.close()
            replicas[number % 2] = start()
        with linked(nats_server.url) as link:
            eventually(lambda: len(out(link)) >= len(told(store)), 60)
            assert out(link) == told(store)
    finally:
        for replica in replicas:
            replica.kill()
            replica.wait()
            assert replica.stdout is not None
            replica.stdout.close()
        store.close()


def test_a_wrong_password_ends_it_in_one_line_that_does_not_show_it(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    server = NatsServer(folder, "authorization { user: me, password: secret }\n").start()
    try:
        wrong = server.url.replace("nats://", "nats://me:hunter2@")
        link = Link(wrong, "test")
        with pytest.raises(Unusable, match="refuses us") as caught:
            link.open()
        link.close()
        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value)
        with linked(server.url.replace("nats://", "nats://me:secret@")) as right:
            assert right.connected
    finally:
        server.stop()


def test_a_server_without_jetstream_and_none_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    server = NatsServer(folder, jetstream="").start()
    link = Link(server.url, "test")
    with pytest.raises(Unusable, match="without JetStream"):
        link.open()
    link.close()
    server.stop()
    gone = Link(server.url, "test")
    with pytest.raises(Unreachable, match="no NATS server answers at nats://"):
        gone.open()
    gone.close()


def test_an_older_server_is_refused_by_its_version() -> None:
    """2.10 drops what consumers filter by, silently."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        info = {"server_id": "x", "version": "2.10.27", "max_payload": 1048576, "jetstream": True,
                "proto": 1, "headers": True}  # fmt: skip

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"INFO " + json.dumps(info).encode() + b"\r\n")
                while data := connection.recv(65_536):
                    if b"PING" in data:
                        connection.sendall(b"PONG\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        link = Link(f"nats://127.0.0.1:{listener.getsockname()[1]}", "test")
        with pytest.raises(Unusable, match=r"version 2\.10\.27; 2\.11 or newer is needed"):
            link.open()
        link.close()
        thread.join(10)
