"""``syntropism market``"""

from typing import Annotated, Any

import typer

from syntropism.application.operators.identity import LOCAL
from syntropism.domain.market.resources import RESOURCES
from syntropism.entrypoints.cli import market_instances
from syntropism.entrypoints.cli.naming import names_of
from syntropism.entrypoints.cli.office import Office, office
from syntropism.entrypoints.cli.options import CursorOption, JsonOption, LimitOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show, amount

app = typer.Typer(no_args_is_help=True, add_completion=False)
market_instances.register(app)


@app.callback()
def market() -> None:
    """Prices, the order book, past cycles, instance files."""


@app.command("show")
def show_market(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Prices, capacity and open bids now."""
    with office(project, as_json=as_json) as here:
        found = here.operators.market_state(LOCAL)
        here.show.answer(found, lambda state: _state(here, state))


def _state(here: Office, state: dict[str, Any]) -> None:
    show = here.show
    show.line(f"cycle {state['cycle']}, {state['open_bids']} open bids")
    show.table(
        ["resource", ">price", ">capacity", ">free", ">utilization", ">demand"],
        [
            [
                name.replace("_", " "),
                f"{one['price']:.4g}",
                f"{one['capacity']:,.6g}",
                f"{one['free']:,.6g}",
                f"{one['utilization']:.0%}",
                f"{one['demand']:,.4g}",
            ]
            for name, one in state["resources"].items()
        ],
        "no resources",
    )
    if state["book"]:
        names = names_of(here, (bid["agent_id"] for bid in state["book"]))
        further = [name for name in state["resources"] if name not in RESOURCES]
        show.line("")
        show.table(
            [
                *("=bid", "agent", ">amount", ">cpu s", ">MB", ">seconds", ">attention", ">age"),
                *(f">{_short(name)}" for name in further),
            ],
            [_bid(bid, names[bid["agent_id"]], further) for bid in state["book"]],
            "",
        )


def _bid(bid: dict[str, Any], agent: str, further: list[str]) -> list[object]:
    bundle = bid["bundle"]
    return [
        bid["id"],
        agent,
        amount(bid["amount"]),
        bundle["cpu_seconds"],
        bundle["memory_mb"],
        bundle["duration_seconds"],
        bundle["attention_share"],
        bid["age"],
        *(bundle.get(name, 0) for name in further),
    ]


def _short(resource: str) -> str:
    return resource.replace("_", " ")


@app.command()
def history(
    limit: LimitOption = 20,
    cursor: CursorOption = None,
    losers: Annotated[
        int | None, typer.Option(min=1, metavar="CYCLE", help="Instead, who lost that cycle.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Past cycles with their prices, newest first."""
    with office(project, as_json=as_json) as here:
        if losers is not None:
            lost = here.operators.losses(LOCAL, losers, limit, cursor)
            here.show.answer(lost, lambda page: _losses(here, page))
            return
        found = here.operators.cycles(LOCAL, limit, cursor)
        here.show.answer(found, lambda page: _cycles(here.show, page))


def _losses(here: Office, page: dict[str, Any]) -> None:
    names = names_of(here, (one["agent_id"] for one in page["items"]))
    rows = [
        [
            one["bid_id"],
            names[one["agent_id"]],
            amount(one["amount"]),
            one["reason"].replace("_", " "),
            _to_win(one),
        ]
        for one in page["items"]
    ]
    here.show.table(["=bid", "agent", ">amount", "reason", ">to win"], rows, "nobody lost")
    here.show.page(page)


def _to_win(loss: dict[str, Any]) -> str:
    if loss["amount_to_win"] is not None:
        return amount(loss["amount_to_win"])
    return "" if loss["amount_at_least"] is None else f"≥ {amount(loss['amount_at_least'])}"


def _cycles(show: Show, page: dict[str, Any]) -> None:
    shown = {"cpu_cores": "cpu", "memory_mb": "memory", "attention_slots": "attention"}
    for one in page["items"]:
        shown |= {name: _short(name) for name in one["prices"] if name not in RESOURCES}
    columns = ["cycle", ">bids", ">won", ">volume", *(f">{name}" for name in shown.values())]
    rows = [
        [
            one["cycle"],
            one["bids"],
            one["wins"],
            amount(one["volume"]),
            *(f"{one['prices'][name]:.4g}" if name in one["prices"] else "" for name in shown),
            one["births"],
            one["deaths"],
        ]
        for one in page["items"]
    ]
    show.table([*columns, ">births", ">deaths"], rows, "no cycles yet")
    show.page(page)
