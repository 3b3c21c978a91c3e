"""Operators, and the tokens they prove themselves by."""

import hashlib
from typing import Any

from attrs import frozen

from syntropism.application.operators.asking import OperatorSide
from syntropism.application.operators.identity import ALL_ROLES, OperatorIdentity
from syntropism.application.ports.repositories.operators import Operator
from syntropism.application.retrying import retried
from syntropism.domain.errors import Invalid, Unauthenticated
from syntropism.domain.identifiers import OperatorId
from syntropism.domain.population.agents import require_name


@frozen(slots=True)
class OperatorTokens(OperatorSide):
    """Who may operate."""

    @retried
    def issue_token(self, who: OperatorIdentity, name: str, role: str, secret: str) -> Any:
        """A new operator who proves itself by ``secret``, which is kept only as a hash.

        Raises:
            Invalid: an unknown role or bad name.
        """
        who.require("admin")
        if role not in ALL_ROLES:
            raise Invalid(f"role must be one of {', '.join(ALL_ROLES)}", field="role")
        require_name(name)
        with self.store() as uow:
            operator = Operator(
                OperatorId(self.rules.ids.new()), name, role, token_hash(secret), uow.now()
            )
            uow.operators.add(operator)
            uow.commit()
            return {"operator_id": operator.id, "name": name, "role": role}

    @retried
    def bootstrap(self, secret: str) -> bool:
        """Makes ``secret`` the first admin's token, unless there is an operator already; whether
        it is. Repeatable with the same secret."""
        with self.store() as uow:
            uow.leases.get("operators")  # locked: one at a time may find that there is none
            if uow.operators.count():
                return uow.operators.by_token_hash(token_hash(secret)) is not None
            uow.operators.add(
                Operator(
                    OperatorId(self.rules.ids.new()),
                    "admin",
                    "admin",
                    token_hash(secret),
                    uow.now(),
                )
            )
            uow.commit()
            return True

    def authenticate(self, secret: str) -> OperatorIdentity:
        """Who proves itself by ``secret``.

        Raises:
            Unauthenticated: nobody does.
        """
        with self.store(read_only=True) as uow:
            operator = uow.operators.by_token_hash(token_hash(secret))
        if operator is None:
            raise Unauthenticated("the token is not valid")
        return OperatorIdentity(operator.id, operator.name, operator.role)


def token_hash(secret: str) -> str:
    """The fingerprint under which an operator's (random, 256-bit) token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
