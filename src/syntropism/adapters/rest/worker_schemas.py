"""What workers send, and what they are told."""

import json
from typing import Annotated, Any, Literal

from attrs import frozen
from pydantic import Field

from syntropism.adapters.rest.schemas import Body, Quantity, Text
from syntropism.application.ports.sandbox import Termination, WindowOutcome
from syntropism.application.ports.worker_desk import HeldWindow
from syntropism.domain.errors import Invalid
from syntropism.domain.identifiers import ExecutionId
from syntropism.domain.market.resources import Bundle, parse_quantity

Natural = Annotated[int, Field(ge=0, le=2**53)]
Attempt = Annotated[int, Field(ge=1, le=1_000_000)]
Folder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Receipt = Annotated[Text, Field(max_length=500)]
Detail = Annotated[Text, Field(max_length=2_000)]
Log = Annotated[Text, Field(max_length=512 * 1024)]
Document = Annotated[Text, Field(max_length=256 * 1024, description="A JSON object, as text.")]


class SignOnBody(Body):
    """A worker is there, and has room for so much."""

    cpu_cores: Quantity
    memory_mb: Quantity
    slots: Annotated[int, Field(ge=1, le=100_000)]
    draining: bool = False

    def capacity(self) -> tuple[int, int, int]:
        """Thousandths of a core and of a megabyte, and windows at once."""
        cpu = parse_quantity(self.cpu_cores, "cpu_cores", 3)
        return cpu, parse_quantity(self.memory_mb, "memory_mb", 3), self.slots


class LeaseBody(Body):
    """How many windows a worker would take now."""

    limit: Annotated[int, Field(ge=1, le=1_000)]


class FoldersBody(Body):
    """The folders of agents on a worker's host: by agent, the snapshot that each is equal to;
    empty if to none, null if it never had to do with one."""

    standings: Annotated[
        dict[Folder, Annotated[Text, Field(max_length=300)] | None], Field(max_length=1_000)
    ]


class HeldBody(Body):
    """One attempt that a worker has."""

    attempt: Attempt
    receipt: Receipt = ""

    def window(self, execution_id: str) -> HeldWindow:
        """The attempt itself."""
        return HeldWindow(
            execution_id=ExecutionId(execution_id), attempt=self.attempt, receipt=self.receipt
        )


class HeartbeatBody(HeldBody):
    """An attempt that goes on; the CPU it has burnt so far, in milliseconds, and its memory."""

    cpu_ms: Natural = 0
    memory_bytes: Natural = 0


class EndBody(HeldBody):
    """An attempt that has ended, with the ``env.json`` it began with."""

    env: Document = "{}"

    def document(self) -> dict[str, Any]:
        """The ``env.json``.

        Raises:
            Invalid: it is not a JSON object.
        """
        try:
            found = json.loads(self.env)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Invalid("env must be a JSON object, as text", field="env")
        return found


class ReportBody(EndBody):
    """How the agent's window ended, and what it used."""

    termination: Literal[
        "completed", "failed", "timed_out", "oom_killed", "cpu_exhausted", "killed"
    ]
    exit_code: Annotated[int, Field(ge=-(2**31), le=2**31)] | None = None
    cpu_ms: Natural = 0
    memory_peak_bytes: Natural = 0
    wall_ms: Natural = 0
    workspace_bytes: Natural = 0
    workspace_files: Natural = 0
    snapshot: bool = False
    detail: Detail = ""
    log: Log = ""

    def outcome(self) -> WindowOutcome:
        """The outcome itself."""
        return WindowOutcome(
            termination=Termination(self.termination),
            exit_code=self.exit_code,
            cpu_ms=self.cpu_ms,
            memory_peak_bytes=self.memory_peak_bytes,
            wall_ms=self.wall_ms,
            workspace_bytes=self.workspace_bytes,
            workspace_files=self.workspace_files,
            snapshot=self.snapshot,
            detail=self.detail,
            log=self.log,
        )


class LoseBody(EndBody):
    """A fault of ours that ended an attempt."""

    detail: Detail


@frozen(slots=True)
class SignedOnView:
    """For how many seconds a worker is believed without being heard of; the time of the
    economy; whether workspaces travel as snapshots."""

    lease_seconds: float
    now: str
    snapshots: bool


@frozen(slots=True)
class NeedlessView:
    """The agents whose folders nobody will ask for again."""

    needless: tuple[str, ...]


@frozen(slots=True)
class LeasedView:
    """A window for one attempt; files by path, in base64; the snapshot that it starts from."""

    execution_id: str
    agent_id: str
    attempt: int
    bundle: Bundle
    files: dict[str, str]
    receipt: str
    snapshot: str


@frozen(slots=True)
class LeasesView:
    """The windows a worker has been given."""

    windows: tuple[LeasedView, ...]


@frozen(slots=True)
class StartedView:
    """What an attempt begins with."""

    env: dict[str, Any]
    token: str


@frozen(slots=True)
class GoesOnView:
    """Whether an attempt is still current."""

    goes_on: bool
