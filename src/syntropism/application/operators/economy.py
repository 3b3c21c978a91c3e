"""The whole: balances, cycles and the market."""

from typing import Any

from attrs import frozen

from syntropism.application.operators.asking import OperatorSide
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.queries import economy, market
from syntropism.application.queries.losses import losses
from syntropism.domain.identifiers import AccountId


@frozen(slots=True)
class OperatedEconomy(OperatorSide):
    """What there is to see of the whole."""

    def status(self, who: OperatorIdentity) -> Any:
        """The economy at a glance."""
        return self._ask(who, economy.status)

    def balance(self, who: OperatorIdentity, account: AccountId) -> Any:
        """What any account holds."""
        return self._ask(who, lambda uow: economy.balance(uow, account))

    def transactions(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        account: AccountId | None = None,
    ) -> Any:
        """Transfers, newest first."""
        return self._ask(who, lambda uow: economy.history(uow, account, limit, cursor))

    def cycles(self, who: OperatorIdentity, limit: int, cursor: str | None) -> Any:
        """Cycles with their certificates, newest first."""
        return self._ask(who, lambda uow: market.history(uow, limit, cursor))

    def losses(self, who: OperatorIdentity, cycle: int, limit: int, cursor: str | None) -> Any:
        """Who lost a cycle, why, and what would have won."""
        parameters = self.rules.parameters
        return self._ask(who, lambda uow: losses(uow, parameters, cycle, limit, cursor))

    def market_state(self, who: OperatorIdentity) -> Any:
        """The market now."""
        return self._ask(who, lambda uow: market.state(uow, self.rules.parameters))
