"""The in-process sandbox: a window is one call of a Python function."""

import traceback
from collections.abc import Callable

from syntropism.adapters.inprocess.door import InProcessDoor
from syntropism.agent_sdk.syntropism_sdk import FolderWorkspace, Me, MemoryWorkspace, Workspace
from syntropism.application.ports.sandbox import (
    ProviderReport,
    Termination,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.system_service import SystemService
from syntropism.domain.identifiers import AgentId

Behaviour = Callable[[Me], object]

_LOG_MAX = 4_000


class InProcessSandbox:
    """Runs agents that are Python callables. ``behaviour_of`` gives the function of an agent by
    its id and its own sources, or ``None``: then the window passes without an act."""

    def __init__(
        self,
        service: SystemService,
        workspaces: Workspaces,
        behaviour_of: Callable[[AgentId, dict[str, bytes]], Behaviour | None],
    ) -> None:
        self._service = service
        self._workspaces = workspaces
        self._behaviour_of = behaviour_of
        self._folders: dict[AgentId, MemoryWorkspace] = {}

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """See the port. Python cannot interrupt a call: it lasts as long as it lasts."""
        if cancelled():
            return WindowOutcome(termination=Termination.KILLED)
        folder = self._folder(spec)
        identity = AgentIdentity(spec.agent_id, spec.execution_id, spec.attempt)
        try:
            behaviour = self._behaviour_of(spec.agent_id, folder.files())
            if behaviour is not None:
                behaviour(Me(spec.env_document, InProcessDoor(self._service, identity), folder))
        except SystemExit as leaving:
            return _exited(leaving.code)
        except StorageFailed:
            raise  # ours, whoever happened to ask
        except Exception:
            return _exited(1, traceback.format_exc(limit=-8)[-_LOG_MAX:])
        return _exited(0)

    def _folder(self, spec: WindowSpec) -> Workspace:
        if spec.workspace.is_dir():
            return FolderWorkspace(str(spec.workspace))
        folder = self._folders.get(spec.agent_id)
        if folder is None:
            files = {
                entry.path: self._workspaces.read(spec.agent_id, entry.path, entry.size)
                for entry in self._workspaces.entries(spec.agent_id)
            }
            folder = self._folders[spec.agent_id] = MemoryWorkspace(files)
        return folder

    def cleanup(self, older_than_seconds: float) -> int:
        """Nothing is ever left behind."""
        return 0

    def undebuggable(self) -> str:
        """See the port."""
        return "agents run inside this very process: debug that, or choose another --sandbox"

    def probe(self) -> ProviderReport:
        """What can be enforced: next to nothing."""
        return ProviderReport(
            name="inprocess",
            available=True,
            enforces=("tokens", "attention"),
            exceptions=("agents run inside this very process",),
            warning="trusted agents only: they run inside this very process",
        )


def _exited(code: object, log: str = "") -> WindowOutcome:
    """How a program ended that left with ``code``, read as Python itself would."""
    if code is not None and not isinstance(code, int):
        code, log = 1, str(code)[-_LOG_MAX:]
    return WindowOutcome(
        termination=Termination.FAILED if code else Termination.COMPLETED,
        exit_code=code or 0,
        log=log,
        detail=log.strip().rpartition("\n")[2][:200],
    )
