"""How operators ask and act: by role, in one transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from syntropism.application.commands.performing import perform
from syntropism.application.documents import document
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.ports.workspaces import ShownWorkspaces
from syntropism.application.rules import Rules


@frozen(slots=True)
class OperatorSide:
    """What all areas of the operator side share."""

    store: UnitOfWorkFactory
    rules: Rules
    workspaces: ShownWorkspaces

    def _ask(self, who: OperatorIdentity, query: Callable[[UnitOfWork], object]) -> Any:
        who.require("viewer")
        with self.store(read_only=True) as uow:
            return document(query(uow))

    def _act(
        self,
        who: OperatorIdentity,
        role: str,
        operation: str,
        key: str | None,
        body: Mapping[str, Any],
        command: Callable[[Effects], object],
    ) -> Any:
        who.require(role)
        return perform(
            self.store,
            f"operator:{who.operator_id}:{operation}",
            key,
            body,
            lambda uow: command(Effects(uow, self.rules, who.name)),
        )
