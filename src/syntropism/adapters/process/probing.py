"""What this host allows: does bubblewrap work, and what is enforced with and without it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from attrs import frozen

from syntropism.adapters.process.cgroups import CgroupRoot
from syntropism.adapters.process.system_calls import as_descriptor, system_call_filter
from syntropism.application.ports.sandbox import ProviderReport

PROBE_SECONDS_MAX: Final = 10.0

WARNING: Final = (
    "no isolation: agents run as plain processes that see this host and its network; "
    "trusted agents only (install bubblewrap to isolate them)"
)

SAMPLING_EXCEPTIONS: Final = (
    "CPU of children that live shorter than a sample and are never waited for is missed",
    "memory of files without a name (memfd) that are not mapped is missed",
    "memory that is held for less than a sample (40 ms) is missed in the peak that is told",
)
BARE_EXCEPTIONS: Final = (
    "a daemon that hides between two samples and clears its environment escapes",
    "children of an agent outlive a worker that is killed, until the next cleanup",
    "env.json is read-only by its mode alone",
    "agents see the host's files, processes and network",
)

TRIES: Final = 3
"""Mounts that come and go meanwhile (a Docker daemon's, say) can make one try fail."""


@frozen(slots=True)
class BubblewrapAbility:
    """``program`` is none when it does not work here, and ``reason`` says why; ``filtered`` is the
    filter of system calls, where both libseccomp and the kernel have a part in it."""

    program: str | None
    reason: str
    nested_users_off: bool = False
    sized_tmpfs: bool = False
    filtered: bytes | None = None


@frozen(slots=True)
class Host:
    """What was found on this host."""

    bubblewrap: BubblewrapAbility
    cgroups: CgroupRoot | None


def find_bubblewrap() -> BubblewrapAbility:
    """Really runs bubblewrap once, with the namespaces that windows get."""
    program = shutil.which("bwrap")
    if program is None:
        return BubblewrapAbility(None, "bwrap is not installed")
    flags = _output([program, "--help"])[1]
    sized = "--size BYTES" in flags and "--perms OCTAL" in flags
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    attempts = [(spaces, False)]
    if os.geteuid() != 0:
        attempts = [([*spaces, "--unshare-user"], False)]
        if "--disable-userns" in flags:
            attempts.insert(0, ([*spaces, "--unshare-user", "--disable-userns"], True))
    reason = ""
    for options, nested_users_off in attempts:
        command = [program, *options, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
        for _ in range(TRIES):
            code, reason = _output([*command, "--", shutil.which("true") or "/bin/true"])
            if code == 0:
                break
        if code == 0:
            filtered = _filter_that_works(command)
            return BubblewrapAbility(program, "", nested_users_off, sized, filtered)
    return BubblewrapAbility(None, reason.strip().splitlines()[-1] if reason.strip() else "fails")


def _filter_that_works(command: list[str]) -> bytes | None:
    filtered = system_call_filter()
    if filtered is None:
        return None
    descriptor = as_descriptor(filtered)
    program, *options = command
    try:
        works, _ = _output(
            [program, "--seccomp", str(descriptor), *options, "--", "/bin/true"], descriptor
        )
    finally:
        os.close(descriptor)
    return filtered if works == 0 else None


def _output(command: list[str], *passed: int) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS_MAX,
            check=False,
            pass_fds=passed,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def reachable_by(uid: int, path: Path) -> bool:
    """Whether a stranger with ``uid`` gets to ``path``: every folder on the way lets others
    through, and ``path`` itself lets others in or is the stranger's own."""
    try:
        for folder in path.resolve().parents:
            if not folder.stat().st_mode & 0o001:
                return False
        status = path.stat()
    except OSError:
        return False
    return bool(status.st_mode & 0o001) or status.st_uid == uid


def _lacking() -> str:
    if not Path("/proc/self/stat").exists():
        return "needs Linux with /proc"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError):
        return "needs Linux 5.3 or later (pidfd)"
    return ""


def report(host: Host, wanted: bool | None, root: bool) -> ProviderReport:
    """The provider's abilities in words, for ``doctor``."""
    if lack := _lacking():
        return ProviderReport(name="process", available=False, detail=lack)
    isolated = host.bubblewrap.program is not None
    how = " (control group)" if host.cgroups is not None else " (sampled)"
    counted = isolated and not root and host.cgroups is None
    enforces: tuple[str, ...] = (
        "wall clock",
        f"CPU seconds of all processes{how}",
        f"memory{how}",
        f"number of processes{' (user namespace)' if counted else how}",
        "file size",
        "open files",
        "output size",
        "workspace size and files (sampled)",
    )
    exceptions: tuple[str, ...] = () if host.cgroups is not None else SAMPLING_EXCEPTIONS
    if isolated:
        enforces += ("no network", "read-only root", "no sight of other processes")
        if host.bubblewrap.filtered is not None:
            enforces += ("system calls (seccomp)",)
        else:
            exceptions += ("no filter of system calls (install libseccomp)",)
        return ProviderReport(
            name="process (bubblewrap)",
            available=True,
            enforces=enforces,
            exceptions=exceptions,
            detail=f"{host.bubblewrap.program}",
        )
    exceptions += BARE_EXCEPTIONS
    if root:
        exceptions += ("agents stay root where uid 10001 cannot reach their folders",)
    return ProviderReport(
        name="process",
        available=not wanted,
        enforces=enforces,
        exceptions=exceptions,
        warning=WARNING,
        detail=f"bubblewrap: {host.bubblewrap.reason}",
    )
