"""What an exit code means."""

import signal
from typing import Final

from syntropism.adapters.process.supervisor import Verdict
from syntropism.application.ports.sandbox import Termination

_SIGNAL_BASE: Final = 128


def judge(exit_code: int, complaint: str, out_of_memory: bool, cpu_spent: bool) -> Verdict:
    """How a window ended that nobody had to end. ``complaint`` is the launcher's, if it could
    not start the agent; anything ambiguous is the agent's."""
    if complaint:
        return Verdict(Termination.FAILED, complaint)
    if exit_code == 0:
        return Verdict(Termination.COMPLETED, "")
    number = exit_code - _SIGNAL_BASE
    if out_of_memory and number == signal.SIGKILL:
        return Verdict(Termination.OOM_KILLED, "used more than its memory")
    if number == signal.SIGXCPU or (cpu_spent and number == signal.SIGKILL):
        return Verdict(Termination.CPU_EXHAUSTED, "used up its CPU seconds")
    return Verdict(Termination.FAILED, f"exit code {exit_code}{_signal_name(number)}")


def _signal_name(number: int) -> str:
    try:
        return f" ({signal.Signals(number).name})"
    except ValueError:
        return ""
