"""What there is to see of an economy in this process."""

from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries import economy as economy_queries
from syntropism.application.queries import market as market_queries
from syntropism.application.queries.audit import AuditReport, audit
from syntropism.application.queries.losses import losses
from syntropism.application.queries.paging import LIMIT_MAX
from syntropism.application.views.bids import LossView
from syntropism.application.views.economy import StatusView
from syntropism.domain.credits import Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.identifiers import AccountId
from syntropism.entrypoints.facade.opened import OpenedEconomy
from syntropism.entrypoints.reports import Report, make_report


class EconomyReadings(OpenedEconomy):
    """Tells what is, and whether it is as it must be."""

    @property
    def parameters(self) -> EconomicParameters:
        """The numbers that govern this economy."""
        return self._rules.parameters

    @property
    def status(self) -> StatusView:
        """The economy at a glance."""
        with self._store(read_only=True) as uow:
            return economy_queries.status(uow)

    def losses(self, cycle: int) -> tuple[LossView, ...]:
        """Everybody who lost ``cycle``: why, and what would have won.

        Raises:
            NotFound: there is no such cycle.
        """
        found: list[LossView] = []
        cursor: str | None = None
        with self._store(read_only=True) as uow:
            while True:
                page = losses(uow, self._rules.parameters, cycle, LIMIT_MAX, cursor)
                found += page.items
                cursor = page.next_cursor
                if cursor is None:
                    return tuple(found)

    @property
    def prices(self) -> dict[str, float]:
        """The posted prices, in credits per unit·second."""
        with self._store(read_only=True) as uow:
            return dict(market_queries.prices(uow, self._rules.parameters).prices)

    def balance(self, account: str) -> Credits:
        """What an account holds: an agent's id, ``treasury``, ``burn``, ``mint:human``, ….

        Raises:
            NotFound: there is no such account.
        """
        return Credits.of(self._operators.balance(LOCAL, AccountId(account))["balance"])

    def audit(self) -> AuditReport:
        """Re-checks every law on what is stored."""
        with self._store(read_only=True) as uow:
            return audit(uow, self._rules.parameters)

    def report(self) -> Report:
        """Everything that happened, as tidy tables and a summary."""
        return make_report(self._store, self._rules.parameters, self._container.html_writer())
