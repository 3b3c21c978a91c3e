"""Runs one agent, given as source, in one window."""

import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field

from syntropism.application.ports.sandbox import Sandbox, WindowOutcome, WindowSpec
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle


@define
class Rig:
    """A provider, a workspace, and the address of a fake System Service."""

    sandbox: Sandbox
    workspace: Path
    address: tuple[str, int]
    owner: tuple[int, int] | None = None
    attempt: int = field(default=0)

    def write(self, name: str, content: str, mode: int = 0o644) -> None:
        """Puts a file into the workspace, as the agent's own."""
        path = self.workspace / name
        path.write_text(textwrap.dedent(content))
        path.chmod(mode)
        if self.owner is not None:
            os.chown(path, *self.owner)

    def run(
        self,
        source: str | None = None,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        cpu: float = 5,
        memory_mb: float = 128,
        seconds: float = 10,
        **overrides: Any,
    ) -> WindowOutcome:
        """Runs ``source`` (or what is in the workspace) to its end."""
        if source is not None:
            self.write("main.py", source)
        self.attempt += 1
        values: dict[str, Any] = {
            "execution_id": ExecutionId("execution"),
            "agent_id": AgentId("ada"),
            "attempt": self.attempt,
            "bundle": Bundle(cpu, memory_mb, seconds),
            "workspace": self.workspace,
            "env_document": {"agent_id": "ada", "credits": 12.5},
            "environment": {"AGENT_ID": "ada", "SYSTEM_SERVICE_TOKEN": "token"},
            "service_address": self.address,
            "duration_ms": int(seconds * 1000),
        }
        return self.sandbox.run(WindowSpec(**values | overrides), cancelled)
