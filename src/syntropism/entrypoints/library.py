"""The facade behind ``import syntropism``: a whole economy as one object."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

from attrs import evolve

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.leading import Leadership, abandoned, take_lead
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.cycle import LEAD_MS
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries import economy as economy_queries
from syntropism.application.queries import market as market_queries
from syntropism.application.queries.audit import AuditReport, audit
from syntropism.application.queries.losses import losses
from syntropism.application.queries.paging import LIMIT_MAX
from syntropism.application.queries.people import agent_view, find_agent
from syntropism.application.retrying import retried
from syntropism.application.views.bids import LossView
from syntropism.application.views.economy import StatusView
from syntropism.application.views.market import CycleView
from syntropism.application.views.population import AgentView
from syntropism.application.views.workspaces import FilesView
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import Credits, parse_micro
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.domain.identifiers import AccountId, AgentId, PromptId
from syntropism.domain.market.resources import Bundle
from syntropism.entrypoints.behaviours import CALLABLE_FILES, Behaviour, Behaviours
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.reports import Report, make_report
from syntropism.entrypoints.wiring import SQLITE, Wiring, on_server
from syntropism.strategies import files as strategy_files
from syntropism.strategies import names as strategy_names

B = TypeVar("B", bound=Behaviour)

_DEFAULT: Final = object()


class AgentHandle:
    """One agent of an :class:`Economy`."""

    def __init__(self, economy: "Economy", agent_id: str, name: str) -> None:
        self._economy = economy
        self.id = agent_id
        self.name = name

    def behaviour(self, function: B) -> B:
        """Decorator: ``function(me)`` runs whenever the agent wins a window; ``me`` is the same
        client as in a sandbox."""
        self._economy._behaviours.register(self.id, function)
        return function

    @property
    def view(self) -> AgentView:
        """The agent now: status, balance, held credits, lineage."""
        with self._economy._store(read_only=True) as uow:
            return agent_view(uow, find_agent(uow, self.id))

    @property
    def balance(self) -> Credits:
        """What it can spend now."""
        return self.view.balance

    @property
    def status(self) -> str:
        """``alive``, ``dormant`` or ``dead``."""
        return self.view.status

    @property
    def files(self) -> FilesView:
        """What lies in its workspace, or in the archive of it once it is dead."""
        workspaces = self._economy._container.workspaces()
        return FilesView.of(self.id, workspaces.listing(AgentId(self.id)))

    def __repr__(self) -> str:
        return f"AgentHandle({self.name!r}, id={self.id!r})"


class Economy:
    """An economy in this process. Agents are Python functions or built-in strategies.

    Use :meth:`in_memory` or :meth:`open`; close it, or use it as a context manager.
    """

    def __init__(self, container: Container, behaviours: Behaviours, *, genesis: bool) -> None:
        self._container = container
        self._behaviours = behaviours
        self._lock = container.lock()
        if self._lock is not None:
            self._lock.acquire()
        try:
            self._begin(container, genesis=genesis)
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise

    def _begin(self, container: Container, *, genesis: bool) -> None:
        self._store = container.store()
        self._rules = container.rules()
        self._operators = container.operators()
        self._clock = container.clock()
        self._cycle = container.cycle()
        self._simulated = container.wiring().seed is not None
        self._behaviours.bind(self._store)
        self._lead = self._found(genesis=genesis)
        self._cycle.recover(self._lead, everything=True)

    @classmethod
    def in_memory(
        cls,
        seed: int = 0,
        *,
        parameters: EconomicParameters | None = None,
        human: str | None = None,
        genesis: bool = False,
    ) -> "Economy":
        """A new economy in memory, with simulated time: the same seed gives the same history.

        ``human`` is a scripted persona (``"sensitive"``, ``"flat"``, …) or ``None``;
        ``genesis`` starts it with the built-in founder.

        Raises:
            Invalid: there is no such persona.
        """
        return cls._wired(
            Wiring(parameters=parameters or EconomicParameters(), seed=seed, persona=human),
            genesis=genesis,
        )

    @classmethod
    def open(
        cls,
        url: str,
        *,
        parameters: EconomicParameters | None = None,
        human: str | None = None,
        genesis: bool = False,
        folder: str | os.PathLike[str] | None = None,
    ) -> "Economy":
        """The same on disk: ``sqlite:///economy.db`` is created, or resumed; so is what is in
        ``postgresql://user@host/economy``, a database that must exist. Workspaces and keys live
        in ``folder`` (by default beside the file, or in the current folder: ``<database>.d``).

        Raises:
            StorageFailed: the database cannot be used, or another process runs it.
        """
        if folder is None:
            path = url.removeprefix(SQLITE)
            if on_server(url):
                path = urlsplit(url).path.strip("/") or "economy"
            elif path == url:
                raise Invalid("a database that is not SQLite needs a folder", field="folder")
            folder = f"{path}.d"
        return cls._wired(
            Wiring(
                parameters=parameters or EconomicParameters(),
                database=url,
                folder=Path(folder),
                persona=human,
            ),
            genesis=genesis,
        )

    @classmethod
    def _wired(cls, wiring: Wiring, *, genesis: bool) -> "Economy":
        behaviours = Behaviours()
        container = Container(wiring=evolve(wiring, behaviours=behaviours))
        return cls(container, behaviours, genesis=genesis)

    @retried
    def _found(self, *, genesis: bool) -> Leadership:
        founder = None
        if genesis:
            endowment = self._rules.parameters.genesis_endowment
            founder = BirthRequest("genesis", endowment, strategy_files("genesis"), "genesis")
        with self._store() as uow:
            lead = take_lead(
                uow, f"library-{self._rules.ids.new()}", LEAD_MS, vacant=abandoned(uow)
            )
            found_economy(Effects(uow, self._rules, LOCAL.name), founder)
            uow.commit()
            return lead

    # agents

    def create_agent(
        self,
        name: str,
        credits: object = 1_000,
        *,
        strategy: str = "",
        files: Mapping[str, bytes] | None = None,
        first_bid: Any = _DEFAULT,
        behaviour: Behaviour | None = None,
    ) -> AgentHandle:
        """A new agent with ``credits``, endowed by you. It places a modest first bid unless
        ``first_bid`` is ``None`` or another ``(bundle, amount)``.

        What it does: ``behaviour`` (or the decorator of the handle), the built-in ``strategy``
        of that name, or the ``main.py`` among ``files``, which must define ``live(me)``.

        Raises:
            Invalid: a bad name, amount, file or bid.
        """
        if files is None:
            known = strategy in strategy_names()
            files = strategy_files(strategy) if known else CALLABLE_FILES
        bid = None
        if first_bid is not _DEFAULT and first_bid is not None:
            bundle, amount = first_bid
            bid = BidRequest(bundle, parse_micro(amount))
        request = BirthRequest(name, parse_micro(credits, "credits"), files, strategy, bid)
        view = self._operators.create_agent(LOCAL, request, None, bids=first_bid is not None)
        handle = AgentHandle(self, view["id"], name)
        if behaviour is not None:
            handle.behaviour(behaviour)
        return handle

    def agent(self, name_or_id: str) -> AgentHandle:
        """An agent by its id or unique name.

        Raises:
            NotFound: there is none.
            Conflict: several have this name.
        """
        with self._store(read_only=True) as uow:
            found = find_agent(uow, name_or_id)
        return AgentHandle(self, found.id, found.name)

    def agents(self) -> list[AgentView]:
        """All agents that ever were, oldest first."""
        with self._store(read_only=True) as uow:
            return [agent_view(uow, agent) for agent in uow.agents.everyone()]

    def kill(self, name_or_id: str) -> None:
        """Ends an agent.

        Raises:
            NotFound, Conflict: there is none, or it is dead.
        """
        self._operators.kill_agent(LOCAL, name_or_id)

    def sponsor(self, name_or_id: str, bundle: Bundle | None = None, amount: object = None) -> None:
        """A bid for an agent, paid by the treasury.

        Raises:
            NotFound, Conflict, InsufficientCredits: see :func:`place_bid`.
        """
        request = None if bundle is None else BidRequest(bundle, parse_micro(amount))
        self._operators.sponsor_agent(LOCAL, name_or_id, request)

    # prompts

    def prompts(self) -> list[dict[str, Any]]:
        """The prompts that wait, newest first, as documents."""
        page: dict[str, Any] = self._operators.prompts(LOCAL, 200, None)
        return [prompt for prompt in page["items"] if prompt["status"] == "queued"]

    def score(self, prompt_id: str, interesting: int, useful: int, understandable: int) -> Credits:
        """Scores a prompt 0-10 in each dimension; gives the reward.

        Raises:
            Invalid: a score out of range.
            NotFound, Conflict: there is no such prompt, or it has ended.
        """
        scores = Scores(interesting, useful, understandable)
        scored = self._operators.score_prompt(LOCAL, PromptId(prompt_id), scores)
        return Credits.of(scored["reward"])

    def rewards(self) -> list[dict[str, Any]]:
        """Every response so far, oldest first: ``prompt_id``, ``agent_id``, ``scores`` and
        ``reward`` (credits)."""
        with self._store(read_only=True) as uow:
            found = []
            for response in uow.prompts.responses():
                prompt = uow.prompts.get(response.prompt_id)
                assert prompt is not None
                found.append(
                    {
                        "prompt_id": response.prompt_id,
                        "agent_id": prompt.agent_id,
                        "scores": response.scores.document,
                        "reward": Credits(response.reward),
                    }
                )
            return found

    # time

    def step(self) -> CycleView:
        """Runs one cycle to its end (an interrupted one first)."""
        cycle = CycleView.of(self._cycle.run(self._lead))
        if self._simulated:
            self._clock.sleep(self._rules.parameters.cycle_ms / 1000)
        return cycle

    def run(self, cycles: int, *, progress: Callable[[CycleView], object] | None = None) -> Report:
        """Runs ``cycles`` cycles and reports on everything so far. ``progress`` is called after
        each.

        Raises:
            Invalid: a negative number.
        """
        if cycles < 0:
            raise Invalid("cycles must not be negative", field="cycles")
        for _ in range(cycles):
            done = self.step()
            if progress is not None:
                progress(done)
        return self.report()

    # what is

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

    def close(self) -> None:
        """Lets the database and the folder go."""
        dispose = getattr(self._store, "close", None)
        if dispose is not None:
            dispose()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
