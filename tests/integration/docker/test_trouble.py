"""Faults of ours with containers are one line for the operator, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from attrs import evolve
from tests.contracts.sandbox.docker import OPTIONS, docker_rig, run_folders
from tests.contracts.sandbox.rig import Rig

from syntropism.adapters.docker import DockerSandbox
from syntropism.adapters.docker.client import connect
from syntropism.adapters.docker.workers import LABEL, LABEL_EXECUTION, LABEL_WORKER
from syntropism.adapters.process import HostFiles
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import ProviderFailed, Termination
from syntropism.domain.identifiers import ExecutionId
from syntropism.entrypoints.container import SDK_FILE

pytestmark = pytest.mark.xdist_group("docker")
WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with docker_rig(tmp_path) as rig:
        yield rig


def other(rig: Rig, **changes: object) -> DockerSandbox:
    """Another sandbox beside that of ``rig``."""
    folder = rig.workspace.parent / "run"
    options = evolve(OPTIONS, **changes)
    return DockerSandbox(folder, SDK_FILE, ThreadedSocketRelay(), HostFiles(), options)


def containers(name: str) -> list[str]:
    """The ids of all containers of execution ``name``."""
    client = connect(OPTIONS)
    found = client.containers(all=True, filters={"label": f"{LABEL_EXECUTION}={name}"})
    client.close()
    return [one["Id"] for one in found]


@contextmanager
def proxy(path: Path) -> Iterator[Callable[[bool], None]]:
    """A way to the daemon at ``path`` that can be cut, and mended."""
    real = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(16)
    open_ones: list[socket.socket] = []
    broken = threading.Event()

    def relay(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                if broken.is_set():
                    client.close()
                    continue
                daemon = socket.socket(socket.AF_UNIX)
                daemon.connect(real)
                open_ones.extend((client, daemon))
                for pair in ((client, daemon), (daemon, client)):
                    threading.Thread(target=relay, args=pair, daemon=True).start()

    def cut(now: bool) -> None:
        if not now:
            broken.clear()
            return
        broken.set()
        for one in open_ones:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield cut
    finally:
        cut(True)
        server.close()


def assert_one_line(problem: pytest.ExceptionInfo[ProviderFailed], words: str) -> None:
    assert "\n" not in str(problem.value)
    assert words in str(problem.value)


def test_a_daemon_that_is_down_is_a_fault_of_ours(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{rig.workspace}/nowhere.sock")
    sandbox = other(rig)
    assert not sandbox.probe().available
    rig.sandbox = sandbox
    with pytest.raises(ProviderFailed) as problem:
        rig.run("print('never')")
    assert_one_line(problem, "is the Docker daemon running")
    assert sandbox.cleanup(0) == 0
    sandbox.close()


def test_a_missing_image_says_how_to_make_it(rig: Rig) -> None:
    sandbox = rig.sandbox = other(rig, image="syntropism-agent-runner:nowhere")
    assert not sandbox.probe().available
    with pytest.raises(ProviderFailed) as problem:
        rig.run("print('never')")
    assert_one_line(problem, "`syntropism runner build`")
    sandbox.close()


def test_an_unknown_runtime_is_a_fault_of_ours(rig: Rig) -> None:
    sandbox = rig.sandbox = other(rig, runtime="nowhere")
    assert "nowhere" in sandbox.probe().detail
    with pytest.raises(ProviderFailed) as problem:
        rig.run("print('never')", execution_id=ExecutionId("unknown-runtime"))
    assert_one_line(problem, "nowhere")
    assert containers("unknown-runtime") == []
    sandbox.close()


def test_a_full_disk_is_a_fault_of_ours(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("syntropism.adapters.docker.run_folder.shutil.copyfile", full)
    with pytest.raises(ProviderFailed) as problem:
        rig.run("print('never')", execution_id=ExecutionId("full-disk"))
    assert_one_line(problem, "No space left on device")
    assert containers("full-disk") == []


def wait_for(path: Path) -> None:
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.05)


WAITING = "import time; open('alive', 'w').close(); time.sleep(30)"


def test_a_container_that_somebody_removes_ends_and_the_next_one_lives(rig: Rig) -> None:
    client = connect(OPTIONS)

    def remove() -> None:
        wait_for(rig.workspace / "alive")
        for one in containers("removed"):
            client.remove_container(one, force=True)

    thread = threading.Thread(target=remove)
    thread.start()
    with suppress(ProviderFailed):  # or it is a kill like any other, if we look in between
        outcome = rig.run(WAITING, seconds=40, execution_id=ExecutionId("removed"))
        assert (outcome.termination, outcome.exit_code) == (Termination.FAILED, 137)
    thread.join()
    client.close()
    assert rig.run("print('again')").log == "again\n"


def test_a_daemon_that_breaks_off_is_a_fault_of_ours_and_swept_later(
    rig: Rig, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("proxy") / "docker.sock"
    with proxy(path) as cut:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        sandbox = rig.sandbox = other(rig)

        def stop() -> None:
            wait_for(rig.workspace / "alive")
            cut(True)

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(ProviderFailed) as problem:
            rig.run(WAITING, seconds=40, execution_id=ExecutionId("broken-off"))
        thread.join()
        assert_one_line(problem, "Docker daemon")
        monkeypatch.undo()
        assert len(containers("broken-off")) == 1  # nobody could remove it
        cut(False)
        assert rig.run("print('again')").log == "again\n"
        assert containers("broken-off") == []
        sandbox.close()


def test_a_service_socket_that_is_removed_is_a_fault_of_ours(rig: Rig) -> None:
    def unlink() -> bool:
        if (rig.workspace / "alive").exists():
            for folder in run_folders(rig.workspace.parent / "run"):
                (folder / "service.sock").unlink(missing_ok=True)
        return False

    with pytest.raises(ProviderFailed) as problem:
        rig.run(WAITING, cancelled=unlink, execution_id=ExecutionId("no-socket"))
    assert_one_line(problem, "service socket")
    assert containers("no-socket") == []


def test_a_killed_worker_leaves_nothing_after_the_next_start(rig: Rig) -> None:
    rig.write("main.py", "import time; open('alive', 'w').close(); time.sleep(60)")
    path = os.pathsep.join([str(ROOT / "src"), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": tempfile.gettempdir()}
    folder = rig.workspace.parent
    worker = subprocess.Popen([sys.executable, str(WORKER), str(folder)], env=environment)
    until = time.monotonic() + 30
    while not (rig.workspace / "alive").exists():
        assert worker.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    rig.sandbox.cleanup(0)
    assert rig.sandbox.cleanup(0) == 0  # what others left is gone, and this one lives
    assert len(containers("killed")) == 1
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    assert rig.sandbox.cleanup(3_600) == 0  # too young
    assert rig.sandbox.cleanup(0) >= 3  # the container, its run folder, the copy of the SDK
    assert containers("killed") == []


def test_containers_of_other_machines_are_left_alone(rig: Rig) -> None:
    client = connect(OPTIONS)
    labels = {LABEL: "x", LABEL_WORKER: "otherboot.1-1-1", LABEL_EXECUTION: "elsewhere"}
    made = client.create_container_from_config({"Image": OPTIONS.image, "Labels": labels})["Id"]
    try:
        rig.sandbox.cleanup(0)
        assert containers("elsewhere") == [made]
    finally:
        client.remove_container(made, force=True)
        client.close()


def test_a_relay_inside_serves_where_descriptors_cannot_cross(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syntropism.adapters.docker.options.DockerOptions.relay_inside", True)
    outcome = rig.run(
        """
        import os, urllib.request
        for _ in range(3):
            url = os.environ["SYSTEM_SERVICE_URL"] + "/economic/balance"
            print(urllib.request.urlopen(url).read().decode())
        """
    )
    assert outcome.log == '{"data": {"path": "/api/v1/economic/balance"}}\n' * 3
