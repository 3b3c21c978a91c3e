"""A Docker window against a bare ``docker run`` with the same flags, by hand.

Both create, start, wait for and remove one container that runs a trivial program; ours also
opens the service socket, meters, drains, inspects and judges. The hand is one ``docker run
--rm``. Needs a daemon and the runner image (``syntropism runner build``).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import Row, compare, main, timed

from syntropism.adapters.docker import DockerOptions, DockerSandbox
from syntropism.adapters.docker.options import SANDBOX_UID
from syntropism.adapters.process import HostFiles
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import Termination, WindowSpec
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle
from syntropism.entrypoints.container import SDK_FILE

OPTIONS = DockerOptions()
WINDOWS = 20
AT_ONCE = 2


def by_hand(folder: Path, uid: int) -> None:
    """``docker run`` with the flags of a window; the daemon removes it."""
    command = ["docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"]
    command += ["--security-opt", "no-new-privileges:true", "--user", f"{uid}:{uid}"]
    command += ["--pids-limit", "33", "--memory", "64000000", "--memory-swap", "64000000"]
    command += ["--cpus", "1", "--init", "--tmpfs", "/tmp:rw,noexec,nosuid,nodev,size=64m"]
    command += ["--log-driver", "none", "-v", f"{folder}:/workspace", "-w", "/workspace"]
    command += ["-v", f"{SDK_FILE.parent}:/system:ro", OPTIONS.image, "python3", "main.py"]
    subprocess.run(command, check=True, capture_output=True)


def rows(short: bool) -> Iterator[Row]:
    """One window, and many in parallel."""
    uid = SANDBOX_UID if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory(prefix="syntropism-bench-") as name:
        root = Path(name)
        root.chmod(0o755)
        folders = [root / f"agent-{number}" for number in range(WINDOWS)]
        for folder in folders:
            folder.mkdir()
            (folder / "main.py").write_text("print('hello')\n")
            if os.geteuid() == 0:
                os.chown(folder, uid, uid)
        sandbox = DockerSandbox(root / "run", SDK_FILE, ThreadedSocketRelay(), HostFiles(), OPTIONS)
        report = sandbox.probe()
        if not report.available:
            print(f"left out: {report.detail}", file=sys.stderr)
            return

        def window(folder: Path) -> None:
            spec = WindowSpec(
                execution_id=ExecutionId("bench"),
                agent_id=AgentId("ada"),
                attempt=1,
                bundle=Bundle(5, 64, 30),
                workspace=folder,
                env_document={},
                environment={},
                service_address=("127.0.0.1", 9),
                duration_ms=30_000,
            )
            outcome = sandbox.run(spec, lambda: False)
            assert outcome.termination is Termination.COMPLETED, outcome

        def many(one: object) -> None:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(one, folders[: 8 if short else WINDOWS]))

        yield compare(
            "one window",
            timed(lambda: window(folders[0])),
            timed(lambda: by_hand(folders[0], uid)),
            target=1.1,
            short=short,
        )
        yield compare(
            f"{8 if short else WINDOWS} windows, {AT_ONCE} at a time",
            timed(lambda: many(window)),
            timed(lambda: many(lambda folder: by_hand(folder, uid))),
            target=1.1,
            items=8 if short else WINDOWS,
            short=short,
        )
        sandbox.close()


if __name__ == "__main__":
    main(__doc__, rows)
