"""Where agents run, and by which way they reach the API."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from syntropism.adapters.docker import DockerOptions, DockerSandbox, ImageBuilder
from syntropism.adapters.docker.client import daemon_in_sight
from syntropism.adapters.docker.options import IMAGE, NETWORK_POOL
from syntropism.adapters.inprocess.sandbox import InProcessSandbox
from syntropism.adapters.process import HostFiles, ProcessSandbox
from syntropism.adapters.relay.debug import LoopbackDebugRelay
from syntropism.adapters.relay.direct import DirectRelay, LocalApi
from syntropism.adapters.relay.threaded import ThreadedSocketRelay
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import Sandbox
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.system_service import SystemService
from syntropism.entrypoints.wiring import Wiring

Served = dict[tuple[str, int], LocalApi]
"""The APIs of this process, by the address where its sandboxes look for them."""


SDK_FILE: Final = Path(__file__).parent.parent.parent / "agent_sdk" / "syntropism_sdk.py"


def make_sandbox(
    wiring: Wiring,
    service: Callable[[], SystemService],
    workspaces: Workspaces,
    relay: SocketRelay,
) -> Sandbox:
    """``service`` opens the store, which a look at the sandbox must not."""
    if wiring.sandbox == "inprocess":
        return InProcessSandbox(service(), workspaces, wiring.behaviours)
    if wiring.sandbox == "docker":
        return _docker(wiring, relay)
    if wiring.sandbox == "auto" and daemon_in_sight():
        containers = _docker(wiring, relay)
        if containers.probe().available:
            return containers
        containers.close()
    return _processes(wiring, relay)


def make_relay(served: Served) -> SocketRelay:
    """An API of this process is led to straight; to others, and to NATS, bytes are carried."""
    return DirectRelay(served.get, ThreadedSocketRelay())


def _processes(wiring: Wiring, relay: SocketRelay) -> ProcessSandbox:
    return ProcessSandbox(_run_folder(wiring), SDK_FILE, relay)


def _run_folder(wiring: Wiring) -> Path:
    """Where a worker keeps what its windows need: each its own, so that it can sweep."""
    assert wiring.folder is not None, "windows need a folder"
    worker = wiring.services.worker if wiring.services else ""
    return wiring.folder / "workers" / worker / "run" if worker else wiring.folder / "run"


def _docker(wiring: Wiring, relay: SocketRelay) -> DockerSandbox:
    options = _docker_options(wiring)
    return DockerSandbox(_run_folder(wiring), SDK_FILE, relay, HostFiles(), options)


def _docker_options(wiring: Wiring) -> DockerOptions:
    host, _, port = wiring.nats.rpartition(":")
    return DockerOptions(
        image=wiring.image or IMAGE,
        runtime=wiring.runtime,
        network=wiring.network,
        network_pool=wiring.network_pool or NETWORK_POOL,
        nats=(host, int(port)) if port else None,
    )


def make_image_builder(wiring: Wiring) -> ImageBuilder:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    options = _docker_options(wiring)
    return ImageBuilder(options=options, sdk_file=SDK_FILE, cache=cache / "syntropism")


def clean_sandboxes(wiring: Wiring, relay: SocketRelay, older_than_seconds: float) -> int:
    """Of every provider that can run here, whichever is chosen now."""
    removed = _processes(wiring, relay).cleanup(older_than_seconds)
    if daemon_in_sight():
        containers = _docker(wiring, relay)
        removed += containers.cleanup(older_than_seconds)
        containers.close()
    return removed


def make_debug_relay(wiring: Wiring) -> LoopbackDebugRelay:
    return LoopbackDebugRelay(wiring.debug_port or 0)
