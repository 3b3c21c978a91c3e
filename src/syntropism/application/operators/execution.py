"""Windows, and those that ended badly."""

from typing import Any

from attrs import frozen

from syntropism.application.commands import dead_letters
from syntropism.application.operators.asking import OperatorSide
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries import execution, people
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import DeadLetterId, ExecutionId


@frozen(slots=True)
class OperatedExecution(OperatorSide):
    """Executions and dead letters."""

    def executions(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        agent: str | None = None,
        status: ExecutionStatus | None = None,
    ) -> Any:
        """Executions, newest first."""

        def query(uow: UnitOfWork) -> object:
            agent_id = people.find_agent(uow, agent).id if agent else None
            return execution.executions(uow, limit, cursor, agent_id, status)

        return self._ask(who, query)

    def execution(self, who: OperatorIdentity, execution_id: ExecutionId) -> Any:
        """One execution."""
        return self._ask(who, lambda uow: execution.execution(uow, execution_id))

    def execution_log(self, who: OperatorIdentity, execution_id: ExecutionId) -> Any:
        """What a window wrote."""
        return self._ask(who, lambda uow: execution.log(uow, execution_id))

    def dead_letters(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        status: DeadLetterStatus | None = None,
    ) -> Any:
        """Executions that ended badly, newest first."""
        return self._ask(who, lambda uow: execution.dead_letters(uow, limit, cursor, status))

    def retry_dead_letter(
        self, who: OperatorIdentity, letter_id: DeadLetterId, key: str | None = None
    ) -> Any:
        """A new bid on the same terms, paid by the treasury."""
        return self._act(
            who,
            "admin",
            "dead_letter.retry",
            key,
            {"id": letter_id},
            lambda fx: dead_letters.retry_dead_letter(fx, letter_id),
        )

    def discard_dead_letter(
        self, who: OperatorIdentity, letter_id: DeadLetterId, key: str | None = None
    ) -> Any:
        """Puts a dead letter away."""
        return self._act(
            who,
            "admin",
            "dead_letter.discard",
            key,
            {"id": letter_id},
            lambda fx: dead_letters.discard_dead_letter(fx, letter_id),
        )
