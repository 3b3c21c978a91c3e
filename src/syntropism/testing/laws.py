"""The laws as one assertion."""

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.audit import audit
from syntropism.domain.economy.parameters import EconomicParameters


def check_laws(uow: UnitOfWork, parameters: EconomicParameters) -> None:
    """Audits everything that is stored.

    Raises:
        AssertionError: a law of DESIGN §2 is broken; the message says which, and where.
    """
    report = audit(uow, parameters)
    broken = "\n".join(f"law {one.law}: {one.message}" for one in report.findings)
    assert report.ok, f"the audit found:\n{broken}"
