"""``syntropism ledger``"""

from typing import Annotated, Any

import typer

from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries.people import find_agent
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.errors import NotFound
from syntropism.domain.identifiers import AccountId
from syntropism.entrypoints.cli.naming import names_of
from syntropism.entrypoints.cli.office import Office, office
from syntropism.entrypoints.cli.options import CursorOption, JsonOption, LimitOption, ProjectOption
from syntropism.entrypoints.cli.showing import amount, moment

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def ledger() -> None:
    """Who paid whom."""


@app.command("show")
def show_ledger(
    account: Annotated[
        str | None,
        typer.Option("--account", "-a", help="An agent, or treasury, burn, mint:human, …"),
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Transfers, newest first."""
    with office(project, as_json=as_json) as here:
        chosen = _account(here, account) if account else None
        found = here.operators.transactions(LOCAL, limit, cursor, chosen)
        if chosen is not None:
            found = {"balance": here.operators.balance(LOCAL, chosen), **found}
        here.show.answer(found, lambda page: _transfers(here, page))


def _account(here: Office, name: str) -> AccountId:
    with here.store(read_only=True) as uow:
        try:
            return agent_account(find_agent(uow, name).id)
        except NotFound:
            return AccountId(name)


def _transfers(here: Office, page: dict[str, Any]) -> None:
    show = here.show
    names = names_of(here, (one[side] for one in page["items"] for side in ("debit", "credit")))
    if "balance" in page:
        balance = page["balance"]
        held = f", {amount(balance['held'])} more set aside" if balance["held"] else ""
        show.line(f"{balance['account_id']}: {amount(balance['balance'])} credits{held}")
    rows = [
        [
            moment(one["occurred_at"]),
            one["kind"],
            amount(one["amount"]),
            names[one["debit"]],
            names[one["credit"]],
            one["memo"],
        ]
        for one in page["items"]
    ]
    show.table(["when (UTC)", "kind", ">credits", "from", "to", "memo"], rows, "no transfers")
    show.page(page)
