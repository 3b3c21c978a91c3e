"""Why windows end, in words; and what an exit code means."""

import signal
from typing import Final

from attrs import frozen

from syntropism.application.ports import debugging
from syntropism.application.ports.sandbox import Termination, WindowSpec
from syntropism.application.ports.window_files import WorkspaceUsage

CHILD_STARVED: Final = "a child of it was ended for want of memory"
LIFTED_CPU_MS: Final = 1_000_000_000
"""Eleven days of one core: no budget at all."""

OUTPUT_BYTES_ABSURD: Final = 64 * 1024 * 1024
"""Output beyond this is not dropped any more, but ends the window."""

_SIGNAL_BASE: Final = 128


@frozen(slots=True, kw_only=True)
class Limits:
    """What one window may use."""

    cpu_ms: int
    memory_bytes: int
    processes: int
    duration_seconds: float


def limits_of(spec: WindowSpec) -> Limits:
    """What the window of ``spec`` may use. A debugged one has no CPU budget, and room for its
    debugger beside what it bought; its deadline is that of ``spec``."""
    memory_bytes = spec.bundle.memory_milli_mb * 1000
    duration_seconds = spec.duration_ms / 1000
    if spec.debug is None:
        return Limits(
            cpu_ms=spec.bundle.cpu_ms,
            memory_bytes=memory_bytes,
            processes=spec.processes_max,
            duration_seconds=duration_seconds,
        )
    return Limits(
        cpu_ms=LIFTED_CPU_MS,
        memory_bytes=memory_bytes + debugging.MEMORY_BYTES,
        processes=spec.processes_max + debugging.PROCESSES,
        duration_seconds=duration_seconds,
    )


@frozen(slots=True)
class Verdict:
    """How a window ended, with one line for a human."""

    termination: Termination
    detail: str


def out_of_memory_verdict(limits: Limits) -> Verdict:
    """The window held more memory than it bought."""
    detail = f"used more than its {limits.memory_bytes / 1_000_000:g} MB of memory"
    return Verdict(Termination.OOM_KILLED, detail)


def cpu_exhausted_verdict(limits: Limits) -> Verdict:
    """The window burnt the CPU it bought."""
    detail = f"used up its {limits.cpu_ms / 1000:g} CPU seconds"
    return Verdict(Termination.CPU_EXHAUSTED, detail)


def absurd_output_verdict() -> Verdict:
    """The window printed more than anybody may."""
    detail = f"printed more than {OUTPUT_BYTES_ABSURD // (1024 * 1024)} MiB"
    return Verdict(Termination.KILLED, detail)


def workspace_excess(spec: WindowSpec, before: WorkspaceUsage, used: WorkspaceUsage) -> str:
    """Why a workspace is too large now; empty if it is not. One that was too large ``before`` may
    stay so (how else could its agent clear up?) but not grow."""
    if used.size > max(spec.workspace_bytes_max, before.size):
        return f"kept more than {spec.workspace_bytes_max} bytes in its workspace"
    if used.files > max(spec.workspace_files_max, before.files):
        return f"kept more than {spec.workspace_files_max} files in its workspace"
    return ""


def judge(
    exit_code: int, complaint: str, limits: Limits, out_of_memory: bool, cpu_ms: int
) -> Verdict:
    """How a window ended that nobody had to end. ``complaint`` is the launcher's, if it could
    not start the agent; anything ambiguous is the agent's."""
    if complaint:
        return Verdict(Termination.FAILED, complaint)
    if exit_code == 0:
        return Verdict(Termination.COMPLETED, CHILD_STARVED if out_of_memory else "")
    number = exit_code - _SIGNAL_BASE
    if out_of_memory:
        return out_of_memory_verdict(limits)
    spent = cpu_ms >= limits.cpu_ms
    if number == signal.SIGXCPU or (spent and number == signal.SIGKILL):
        return cpu_exhausted_verdict(limits)
    return Verdict(Termination.FAILED, f"exit code {exit_code}{_signal_name(number)}")


def _signal_name(number: int) -> str:
    try:
        return f" ({signal.Signals(number).name})"
    except ValueError:
        return ""
