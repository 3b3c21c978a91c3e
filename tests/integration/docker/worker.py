"""A worker of its own: runs one window, so that the test can kill it. Used as a script."""

import sys
from pathlib import Path

from tests.contracts.sandbox.docker import OPTIONS

from syntropism.adapters.docker import DockerSandbox
from syntropism.adapters.process import HostFiles
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import WindowSpec
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle
from syntropism.entrypoints.container import SDK_FILE


def main() -> None:
    """``worker.py FOLDER``: the window of ``FOLDER/workspace``."""
    folder = Path(sys.argv[1])
    sandbox = DockerSandbox(folder / "run", SDK_FILE, ThreadedSocketRelay(), HostFiles(), OPTIONS)
    spec = WindowSpec(
        execution_id=ExecutionId("killed"),
        agent_id=AgentId("ada"),
        attempt=1,
        bundle=Bundle(30, 256, 60),
        workspace=folder / "workspace",
        env_document={},
        environment={},
        service_address=("127.0.0.1", 9),
        duration_ms=60_000,
    )
    sandbox.run(spec, lambda: False)


if __name__ == "__main__":
    main()
