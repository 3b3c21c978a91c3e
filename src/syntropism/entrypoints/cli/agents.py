"""``syntropism agents``"""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.domain.credits import parse_micro
from syntropism.domain.population.agents import AgentStatus
from syntropism.entrypoints.cli.exits import USAGE, Failure
from syntropism.entrypoints.cli.folders import files_below
from syntropism.entrypoints.cli.office import Office, container_of, office, opened
from syntropism.entrypoints.cli.options import CursorOption, JsonOption, LimitOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show, amount, moment
from syntropism.entrypoints.project import load_project
from syntropism.entrypoints.wiring import Wiring
from syntropism.strategies import DESCRIPTIONS
from syntropism.strategies import files as strategy_files

_FILES_SHOWN_BYTES_MAX: Final = 256 * 1024

_LISTED: Final = ("files", "archived", "complete")

app = typer.Typer(no_args_is_help=True, add_completion=False)

AgentArgument = Annotated[str, typer.Argument(metavar="AGENT", help="Its id or name.")]


@app.callback()
def agents() -> None:
    """See, create, kill and sponsor agents."""


@app.command("list")
def list_agents(
    status: Annotated[
        AgentStatus | None, typer.Option("--status", help="Only those that are so.")
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Agents, newest first."""
    with office(project, as_json=as_json) as here:
        found = here.operators.agents(LOCAL, limit, cursor, status)
        here.show.answer(found, lambda page: _table(here.show, page))


def _table(show: Show, page: dict[str, Any]) -> None:
    columns = ["=id", "name", "strategy", "status", ">balance", ">held", ">born", ">died"]
    rows = [
        [
            one["id"],
            one["name"],
            one["strategy"],
            one["status"],
            amount(one["balance"]),
            amount(one["held"]),
            one["born_cycle"],
            one["died_cycle"],
        ]
        for one in page["items"]
    ]
    show.table(columns, rows, "no agents")
    show.page(page)


@app.command()
def show(
    agent: AgentArgument,
    files: Annotated[bool, typer.Option("--files", help="What its workspace has in it.")] = False,
    file: Annotated[
        str | None, typer.Option("--file", metavar="PATH", help="One file of its workspace.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """One agent."""
    with office(project, as_json=as_json) as here:
        found = here.operators.agent(LOCAL, agent)
        if file is not None:
            content = here.container.shown().read(found["id"], file, _FILES_SHOWN_BYTES_MAX)
            text = content.decode("utf-8", "replace")
            here.show.answer({"path": file, "content": text}, lambda _: here.show.text(text))
            return
        if files:
            listed = here.operators.files(LOCAL, found["id"])
            found = {**found, **{name: listed[name] for name in _LISTED}}
        here.show.answer(found, lambda one: _card(here.show, one))


def _card(show: Show, one: dict[str, Any]) -> None:
    listed = {name: one.pop(name, None) for name in _LISTED}
    shown = {name.replace("_", " "): value for name, value in one.items()}
    shown |= {name: amount(one[name]) for name in ("balance", "held")}
    shown["born at"] = moment(one["born_at"])
    show.fields(shown)
    files = listed["files"]
    if files is None:
        return
    rows = [
        [entry["path"], f"{entry['size']:,}" if entry["kind"] == "file" else "–", entry["kind"]]
        for entry in files
    ]
    show.line("")
    where = "archive" if listed["archived"] else "workspace"
    show.table([f"in its {where}", ">bytes", "kind"], rows, "no files: it has not lived a window")
    if not listed["complete"]:
        show.line(("there is more than this", "dim"))


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", "-s", help=f"A built-in one: {', '.join(DESCRIPTIONS)}."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="A folder with its files.")
    ] = None,
    credits: Annotated[str, typer.Option("--credits", help="What it starts with.")] = "1000",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create an agent with credits of yours and a modest first bid.

    In a project without an economy this founds it.
    """
    request = BirthRequest(
        name,
        parse_micro(credits, "credits"),
        _sources(strategy, folder),
        strategy or (folder.resolve().name if folder else ""),
    )
    found = load_project(project or Path.cwd())
    with opened(found, container_of(found, Wiring()), as_json=as_json) as here:
        with here.store() as uow:
            if found_economy(Effects(uow, here.container.rules(), LOCAL.name), found.founder):
                uow.commit()
        made = here.operators.create_agent(LOCAL, request, None)
        here.show.answer(made, lambda one: here.show.line(f"{one['name']} lives: {one['id']}"))


def _sources(strategy: str | None, folder: Path | None) -> dict[str, bytes]:
    if folder is not None and strategy is None:
        return files_below(folder)
    if strategy is None or folder is not None:
        raise Failure("say what it does: either --strategy NAME or --from DIR", USAGE)
    if strategy not in DESCRIPTIONS:
        raise Failure(
            f"there is no strategy {strategy}; there are {', '.join(DESCRIPTIONS)}", USAGE
        )
    return strategy_files(strategy)


@app.command()
def kill(agent: AgentArgument, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """End an agent: its estate is burned."""
    with office(project, as_json=as_json) as here:
        found = here.operators.agent(LOCAL, agent)
        here.operators.kill_agent(LOCAL, found["id"])
        _answer(here, found["id"], "is dead")


@app.command()
def sponsor(
    agent: AgentArgument, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Bid for an agent, at the treasury's cost: it wakes a dormant one."""
    with office(project, as_json=as_json) as here:
        bid = here.operators.sponsor_agent(LOCAL, agent, None)
        here.show.answer(
            bid,
            lambda one: here.show.line(
                f"the treasury bids {amount(one['amount'])} credits for {one['agent_id']}"
            ),
        )


def _answer(here: Office, agent_id: str, what: str) -> None:
    now = here.operators.agent(LOCAL, agent_id)
    here.show.answer(now, lambda one: here.show.line(f"{one['name']} {what}"))
