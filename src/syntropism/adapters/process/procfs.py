"""What ``/proc`` tells about the processes of a window."""

import os
from typing import Final

from attrs import frozen

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
SCAN_MAX: Final = 20_000
"""Processes looked at in one sample, at most."""


@frozen(slots=True)
class ProcessSample:
    """One process at one moment: CPU in milliseconds (its own; and of children it waited for),
    memory in bytes (anonymous; and shared, without files)."""

    pid: int
    parent: int
    start_ticks: int
    threads: int
    cpu_own_ms: int
    cpu_children_ms: int
    anonymous_bytes: int
    shared_bytes: int


def read_process(pid: int, proc: int | None = None) -> ProcessSample | None:
    """The process ``pid`` as the procfs ``proc`` (a directory descriptor; the host's if none)
    sees it; nothing if it is gone."""
    stat = _read(f"{pid}/stat", proc)
    if stat is None:
        return None
    fields = stat[stat.rfind(b")") + 2 :].split()
    anonymous, shared = _memory(_read(f"{pid}/status", proc) or b"")
    return ProcessSample(
        pid,
        int(fields[1]),
        int(fields[19]),
        0 if fields[0] == b"Z" else int(fields[17]),
        _milliseconds(int(fields[11]) + int(fields[12])),
        _milliseconds(int(fields[13]) + int(fields[14])),
        anonymous,
        shared,
    )


def pids_in(proc: int) -> list[int]:
    """Every process that the procfs ``proc`` shows: of a PID namespace, all there are."""
    return [int(name) for name in os.listdir(proc)[:SCAN_MAX] if name.isdigit()]


def descendants_of(pid: int) -> list[int]:
    """``pid`` and all below it, as far as they still hang together by parentage."""
    found = [pid]
    for parent in found:  # grows while we walk
        if len(found) > SCAN_MAX:
            break
        try:
            tasks = os.listdir(f"/proc/{parent}/task")
        except OSError:
            continue
        for task in tasks:
            children = _read(f"{parent}/task/{task}/children", None)
            found.extend(int(child) for child in (children or b"").split())
    return found


def start_ticks(pid: int) -> int | None:
    """When ``pid`` started, in ticks since boot: with the pid, a name that is never reused."""
    process = read_process(pid)
    return None if process is None else process.start_ticks


def carrying(marker: bytes) -> list[int]:
    """Processes of the host whose initial environment holds the line ``marker``."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and marker in (_read(f"{name}/environ", None, 1 << 17) or b"").split(
            b"\0"
        ):
            found.append(int(name))
    return found


def _milliseconds(ticks: int) -> int:
    return ticks * 1000 // TICKS_PER_SECOND


def _memory(status: bytes) -> tuple[int, int]:
    values = [0, 0]
    for index, key in enumerate((b"\nRssAnon:", b"\nRssShmem:")):
        at = status.find(key)
        if at >= 0:
            values[index] = int(status[at + len(key) :].split(None, 1)[0]) * 1024
    return values[0], values[1]


def _read(path: str, proc: int | None, size: int = 8192) -> bytes | None:
    try:
        descriptor = os.open(
            path if proc is not None else f"/proc/{path}", os.O_RDONLY, dir_fd=proc
        )
    except OSError:
        return None
    try:
        return os.read(descriptor, size)
    except OSError:
        return None
    finally:
        os.close(descriptor)
