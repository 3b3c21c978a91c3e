"""The sandbox: runs one execution window and tells truly how it ended."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from attrs import field, frozen

from syntropism.application.ports.debugging import Debugging
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle


class ProviderFailed(Exception):
    """The provider failed, not the agent: a fault of ours, to be retried and refunded.

    The message is one line that tells the operator what to do.
    """


class Termination(StrEnum):
    """How a window ended, as the kernel tells it. Anything ambiguous is the agent's."""

    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    OOM_KILLED = "oom_killed"
    CPU_EXHAUSTED = "cpu_exhausted"
    KILLED = "killed"


Sampled = Callable[[int, int], None]
"""Hears of CPU (milliseconds so far) and memory (bytes) while a window runs. It does not fail."""


def _unheard(_cpu_ms: int, _memory_bytes: int) -> None:
    """Samples that nobody asked for."""


@frozen(slots=True, kw_only=True)
class WindowSpec:
    """One attempt of one execution, ready to run.

    ``workspace`` is the agent's folder on this host. ``env_document`` becomes the read-only
    ``env.json``; ``environment`` the variables the agent sees, to which the provider adds
    those that depend on where things are inside (``SYSTEM_SERVICE_URL``,
    ``SYSTEM_SERVICE_SOCKET``, ``ENV_JSON_PATH``, ``WORKSPACE_PATH``, ``OPENAI_BASE_URL``,
    ``MCP_URL``).  ``service_address`` is where the API listens on this host.
    ``sampled`` is told at least twice a second by providers that meter.
    ``duration_ms`` is the time from start to deadline. With ``debug`` the agent runs under a
    debugger, and its CPU budget is lifted.
    """

    execution_id: ExecutionId
    agent_id: AgentId
    attempt: int
    bundle: Bundle
    workspace: Path
    env_document: Mapping[str, Any]
    environment: Mapping[str, str]
    service_address: tuple[str, int]
    duration_ms: int
    processes_max: int = 32
    output_bytes_max: int = 256 * 1024
    workspace_bytes_max: int = 64 * 1024 * 1024
    workspace_files_max: int = 2_000
    debug: Debugging | None = None
    sampled: Sampled = _unheard


@frozen(slots=True, kw_only=True)
class WindowOutcome:
    """What a window used and how it ended.

    ``log`` is what the agent wrote to its output, capped at ``output_bytes_max`` bytes and
    decoded with replacement; ``detail`` is one line for a human. ``snapshot`` tells that the
    worker has uploaded the workspace as it was at the end.
    """

    termination: Termination
    exit_code: int | None = None
    cpu_ms: int = 0
    memory_peak_bytes: int = 0
    wall_ms: int = 0
    workspace_bytes: int = 0
    workspace_files: int = 0
    snapshot: bool = False
    log: str = ""
    log_truncated: bool = False
    detail: str = ""


@frozen(slots=True, kw_only=True)
class ProviderReport:
    """What a provider can do on this machine.

    ``enforces`` and ``exceptions`` are short phrases, shown by ``doctor``; ``warning`` is set
    when the provider is unfit for agents one does not trust.
    """

    name: str
    available: bool
    enforces: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    warning: str = ""
    detail: str = field(default="")


class Sandbox(Protocol):
    """A provider of windows."""

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """Runs one window to its end; blocking. ``cancelled`` is polled at least twice a
        second; when it answers true the window is killed (termination ``killed``).

        Raises:
            ProviderFailed: the provider could not run it; nothing of the agent is left running.
        """
        ...

    def cleanup(self, older_than_seconds: float) -> int:
        """Removes what crashed predecessors left behind; returns how many things."""
        ...

    def undebuggable(self) -> str:
        """Why windows here cannot be debugged, in one line that says what to do; empty if they
        can."""
        ...

    def probe(self) -> ProviderReport:
        """Whether this provider can run here, and what it can enforce."""
        ...
