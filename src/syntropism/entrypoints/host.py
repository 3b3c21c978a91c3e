"""What this machine has: the default capacity of an economy."""

import os
from pathlib import Path
from typing import Final

_MB: Final = 1024 * 1024
_CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def cpu_cores() -> int:
    """The cores this process may use; at least one."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def half_the_memory_mb() -> int:
    """Half of the memory this process may use, in whole megabytes; at least 64."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in _CGROUP_LIMITS:
        try:
            limit = file.read_text().strip()
        except OSError:
            continue
        if limit.isdigit():  # "max" where there is none
            total = min(total, int(limit))
    return max(64, total // 2 // _MB)
