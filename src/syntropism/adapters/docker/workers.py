"""Which worker a container or a run folder belongs to, and whether it still lives."""

import os
from pathlib import Path
from typing import Final

LABEL: Final = "org.syntropism.window"
"""On every container of ours; the value is the window's own."""
LABEL_WORKER: Final = "org.syntropism.worker"
LABEL_SANDBOX: Final = "org.syntropism.sandbox"
"""Which of the worker's sandboxes."""
LABEL_EXECUTION: Final = "org.syntropism.execution"
LABEL_ATTEMPT: Final = "org.syntropism.attempt"
LABEL_AGENT: Final = "org.syntropism.agent"


def this_worker() -> str:
    """This process as a label: machine and PID namespace, pid, and when it was started."""
    pid = os.getpid()
    return f"{_place()}-{pid}-{_started(pid)}"


def gone(worker: str) -> bool:
    """Whether the worker lived here and lives no more; of other machines nothing is known."""
    place, pid, started = [*worker.rsplit("-", 2), "", ""][:3]
    return place == _place() and pid.isdigit() and _started(int(pid)) != started


def _place() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")[:12]
    return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    fields = stat[stat.rfind(b")") + 2 :].split()
    return "" if fields[0] == b"Z" else fields[19].decode()
