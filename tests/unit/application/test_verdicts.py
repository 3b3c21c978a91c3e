"""Exit codes are judged as the kernel means them; anything ambiguous is the agent's."""

import pytest

from syntropism.application.ports.sandbox import Termination
from syntropism.application.verdicts import Limits, judge

LIMITS = Limits(cpu_ms=1_000, memory_bytes=64_000_000, processes=8, duration_seconds=1)


@pytest.mark.parametrize(
    ("exit_code", "complaint", "out_of_memory", "cpu_ms", "expected"),
    [
        (0, "", False, 10, Termination.COMPLETED),
        (0, "", True, 10, Termination.COMPLETED),  # only a child was killed, and it coped
        (0, "", False, 2_000, Termination.COMPLETED),  # it ended before it was noticed
        (1, "", False, 10, Termination.FAILED),
        (1, "", True, 10, Termination.OOM_KILLED),
        (137, "", True, 10, Termination.OOM_KILLED),
        (137, "", False, 10, Termination.FAILED),
        (137, "", False, 1_000, Termination.CPU_EXHAUSTED),
        (152, "", False, 990, Termination.CPU_EXHAUSTED),
        (127, "there is no main.py", False, 0, Termination.FAILED),
    ],
)
def test_verdicts(
    exit_code: int, complaint: str, out_of_memory: bool, cpu_ms: int, expected: Termination
) -> None:
    verdict = judge(exit_code, complaint, LIMITS, out_of_memory, cpu_ms)
    assert verdict.termination is expected
    if complaint:
        assert verdict.detail == complaint


def test_a_child_that_starved_is_told_of_a_window_that_completed() -> None:
    verdict = judge(0, "", LIMITS, True, 10)
    assert verdict.termination is Termination.COMPLETED
    assert "child" in verdict.detail
