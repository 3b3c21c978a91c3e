"""Who operates an economy, and what each role may do."""

from typing import Final

from attrs import frozen

from syntropism.domain.errors import Forbidden

ROLES: Final = ("viewer", "scorer", "admin")
"""Each role may do what those before it may."""

WORKER: Final = "worker"
"""A role apart: it takes windows and reports on them, and sees nothing else."""

ALL_ROLES: Final = (*ROLES, WORKER)


@frozen(slots=True)
class OperatorIdentity:
    """A proven operator and its role."""

    operator_id: str
    name: str
    role: str

    def require(self, role: str) -> None:
        """Raises:
        Forbidden: this needs a higher role.
        """
        if role == WORKER:
            able = self.role in (WORKER, "admin")
        else:
            able = self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)
        if not able:
            raise Forbidden(f"this needs the role {role}", role=self.role)


LOCAL: Final = OperatorIdentity("local", "local", "admin")
"""Whoever runs this very process."""
