"""Sandboxes of an economy in one process are led straight into its API."""

import threading
from pathlib import Path

import pytest
from tests.contracts.relay.suite import ask
from tests.contracts.sandbox.service import fake_service

from syntropism.entrypoints.container import Container, found_at
from syntropism.entrypoints.wiring import Wiring


@pytest.fixture
def container() -> Container:
    return Container(wiring=Wiring(seed=1))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_an_api_of_this_process_answers_without_a_relay(
    container: Container, tmp_path: Path, host: str
) -> None:
    server = container.serve(host=host, port=0, config=dict, version="1")
    before = set(threading.enumerate())
    try:
        address = found_at(server.address)
        assert address[0] == "127.0.0.1"
        with container.relay().open(tmp_path / "service.sock", address, lambda _: None):
            assert b"/x" not in ask(tmp_path / "service.sock")
            assert b"404" in ask(tmp_path / "service.sock").partition(b"\r\n")[0]
            assert set(threading.enumerate()) == before
    finally:
        server.stop()


def test_one_elsewhere_is_relayed_to(container: Container, tmp_path: Path) -> None:
    with (
        fake_service() as elsewhere,
        container.relay().open(tmp_path / "service.sock", elsewhere, lambda _: None),
    ):
        assert b"200" in ask(tmp_path / "service.sock")
        assert "relay" in {thread.name for thread in threading.enumerate()}


def test_every_sandbox_has_the_same_relay(tmp_path: Path) -> None:
    container = Container(wiring=Wiring(folder=tmp_path, sandbox="process"))
    assert container.sandbox()._relay is container.relay()
