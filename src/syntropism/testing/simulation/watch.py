"""What an observer outside of all processes sees them do wrong, while they do it.

Much of what is wrong here would still end well, because every row is guarded twice; so each
guard is watched for itself.
"""

from collections.abc import Iterable
from typing import Any

from attrs import define, field

from syntropism.application.commands.leading import ORCHESTRATOR, Leadership
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import ExecutionId


@define
class Watch:
    """What was seen, a line each. ``plain`` is the store without faults."""

    plain: UnitOfWorkFactory
    seen: list[str] = field(factory=list)

    def committed(self, uow: Any, lead: Leadership | None) -> None:
        """An orchestrator that was elected as ``lead`` is about to commit ``uow``: nobody else
        may have been elected since."""
        if lead is None:
            return
        lease = uow.leases.get(ORCHESTRATOR)
        if lease is not None and lease.fence > lead.fence:
            self.seen.append(f"{lead.holder} wrote under fence {lead.fence}, {lease.fence} leads")

    def locked(self, what: str, keys: Iterable[str]) -> None:
        """Rows were locked in this order: anything but that of their ids will deadlock."""
        order = list(keys)
        if order != sorted(order):
            self.seen.append(f"{what} were locked out of the order of their ids")

    def acted(self, who: AgentIdentity) -> None:
        """An attempt has committed a command just now: it must be the current one."""
        with self.plain(read_only=True) as uow:
            found = uow.executions.get(who.execution_id)
        if found is None or (found.status, found.attempt) != (ExecutionStatus.RUNNING, who.attempt):
            self.seen.append(
                f"attempt {who.attempt} of {who.execution_id} acted, but is not current"
            )

    def acknowledged(self, receipt: str) -> None:
        """A delivery was acknowledged: its window must be final, or unknown."""
        with self.plain(read_only=True) as uow:
            found = uow.executions.get(ExecutionId(receipt.partition(":")[0]))
        if found is not None and not found.final:
            self.seen.append(f"execution {found.id} was acknowledged while {found.status.value}")
