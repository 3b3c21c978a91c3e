"""Who holds what, and how it came to be."""

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.paging import page_of, require_cursor, require_limit
from syntropism.application.views.economy import BalanceView, StatusView, TransferView
from syntropism.application.views.market import priced
from syntropism.application.views.pages import Page
from syntropism.domain.credits import Credits
from syntropism.domain.economy.accounts import DERIVED_ACCOUNTS, TREASURY
from syntropism.domain.errors import NotFound
from syntropism.domain.identifiers import AccountId
from syntropism.domain.market.resources import RESOURCES
from syntropism.domain.population.agents import AgentStatus


def balance(uow: UnitOfWork, account: AccountId) -> BalanceView:
    """What an account holds.

    Raises:
        NotFound: there is no such account.
    """
    if account in DERIVED_ACCOUNTS:
        return BalanceView(account, Credits(uow.ledger.all_balances().get(account, 0)), Credits(0))
    found = uow.ledger.balances([account])
    if account not in found:
        raise NotFound(f"there is no account {account}"[:120])
    return BalanceView(account, Credits(found[account]), Credits(uow.holds.held_by(account)))


def history(
    uow: UnitOfWork, account: AccountId | None, limit: int, cursor: str | None
) -> Page[TransferView]:
    """Transfers that touch ``account`` (or all), newest first."""
    rows = uow.ledger.history(account, require_limit(limit) + 1, require_cursor(cursor))
    return page_of(rows, limit, lambda row: row.id, TransferView.of)


def status(uow: UnitOfWork) -> StatusView:
    """The economy at a glance."""
    minted, burned = uow.ledger.totals()
    cycle = uow.cycles.latest()
    posted = uow.market.prices() or dict.fromkeys(RESOURCES, 0)
    agents = uow.agents.everyone()
    count = {wanted: sum(one.status is wanted for one in agents) for wanted in AgentStatus}
    return StatusView(
        cycle=cycle.number if cycle else 0,
        alive=count[AgentStatus.ALIVE],
        dormant=count[AgentStatus.DORMANT],
        dead=count[AgentStatus.DEAD],
        circulation=Credits(minted - burned),
        minted=Credits(minted),
        burned=Credits(burned),
        treasury=Credits(uow.ledger.balances([TREASURY]).get(TREASURY, 0)),
        open_bids=len(uow.bids.all_open()),
        windows=len(uow.executions.unfinished()),
        prompts_queued=len(uow.prompts.queued()),
        prices=priced(tuple(posted.values()), tuple(posted)),
    )
