"""What every part of the machine stands on: the store, the model, and how they are compared."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from syntropism.application.commands.leading import Leadership
from syntropism.application.effects import Effects
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, DomainError
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.rounds import RoundResult
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring
from syntropism.testing.laws import check_laws
from syntropism.testing.model import Model
from syntropism.testing.model.books import KEY_REUSED, LATER, OK, REMEMBERED, UNAUTHENTICATED
from syntropism.testing.strategies import lively_parameters

LIVELY: Final = lively_parameters()
KEYS: Final = st.none() | st.sampled_from(("a", "b"))
"""Idempotency keys: few, so that they are used again, rightly and wrongly."""

PLACES: Final = st.integers(0, 63)
"""Which of the things there are; taken modulo their number."""

FILES: Final = {"main.py": b""}
"""What agents are born with."""


class Comparison(RuleBasedStateMachine):
    """A store and the model, given the same commands."""

    parameters: EconomicParameters = LIVELY

    def make_store(self, clock: Clock) -> UnitOfWorkFactory:
        """A new, empty store, whose time is ``clock``; in memory unless overridden."""
        assert clock is self.container.clock()
        return self.container.store()

    def __init__(self) -> None:
        super().__init__()
        self.container = Container(wiring=Wiring(parameters=self.parameters, seed=0))
        self.clock = self.container.clock()
        self.store = self.make_store(self.clock)
        self.rules_ = Rules(self.parameters, self.container.ids())
        self.service = SystemService(self.store, self.rules_)
        self.operators = OperatorService(self.store, self.rules_, self.container.workspaces())
        self.model = Model(self.parameters)
        self.answers: dict[tuple[str, str], tuple[object, str, Any]] = {}
        self.leads: list[Leadership] = []
        self.results: dict[int, RoundResult] = {}

    # how commands are given, and answers compared

    def system(self, command: Callable[[Effects], Any]) -> Any:
        """Runs one command in a transaction of its own."""
        with self.store() as uow:
            answer = command(Effects(uow, self.rules_, "machine"))
            uow.commit()
            return answer

    def ask(self, query: Callable[[UnitOfWork], Any]) -> Any:
        with self.store(read_only=True) as uow:
            return query(uow)

    def expect(
        self,
        scope: str,
        key: str | None,
        body: object,
        call: Callable[[], Any],
        predict: Callable[[Any], str],
        *,
        admitted: bool = True,
    ) -> bool:
        """Compares the answer of ``call`` with what the model predicts; tells whether the
        command had an effect. A key that was used before must have none."""
        code, answer = answer_of(call)
        known = self.answers.get((scope, key)) if key is not None else None
        if not admitted:
            expected = UNAUTHENTICATED
        elif known is None:
            expected = predict(answer)
            if key is not None and expected in REMEMBERED:
                self.answers[scope, key] = (body, expected, answer)
        elif known[0] == body:
            expected = known[1]
            assert answer == known[2], "a repeated request was answered differently"
        else:
            expected = KEY_REUSED
        assert code == expected, f"{scope} answered {code}, the model says {expected}"
        return known is None and admitted and code == OK

    def act(
        self,
        place: int,
        operation: str,
        key: str | None,
        body: object,
        call: Callable[[AgentIdentity], Any],
        predict: Callable[[str, str, Any], str],
    ) -> None:
        """An agent acts; mostly in a running window of its own, sometimes without the right."""
        who = self.identity(place)
        agent, window = str(who.agent_id), str(who.execution_id)
        changed = self.expect(
            f"{agent}:{operation}",
            key,
            body,
            lambda: call(who),
            lambda answer: predict(agent, window, answer),
            admitted=self.model.current(agent, window, who.attempt),
        )
        if changed:
            self.model.windows[window].acted = True

    def identity(self, place: int) -> AgentIdentity:
        key = pick(self.current_windows() or list(self.model.windows), place)
        if key is None:
            return AgentIdentity(AgentId(self.agent_at(place)), ExecutionId("nowhere"), 1)
        row = self.model.windows[key]
        agent, attempt = row.agent, row.attempt
        if place % 16 == 13:
            agent = self.agent_at(place + 1)
        elif place % 16 == 14:
            attempt -= 1
        elif place % 16 == 15:
            key = pick(list(self.model.windows), place // 16) or key
        return AgentIdentity(AgentId(agent), ExecutionId(key), attempt)

    def current_windows(self) -> list[str]:
        """The windows whose agents can act now."""
        windows = self.model.windows.items()
        return [key for key, row in windows if self.model.current(row.agent, key, row.attempt)]

    def agent_at(self, place: int) -> str:
        return pick([*self.model.agents, "nobody"], place) or "nobody"

    def stored_bid_of(self, agent: str) -> str | None:
        bid = self.ask(lambda uow: uow.bids.open_for(AgentId(agent)))
        return bid.id if bid else None

    def observe(self, what: str) -> str | None:
        """The id that the system gave to what a failed window led to."""
        kind, _, key = what.partition(" of ")
        if kind == "bid":
            return self.stored_bid_of(key)
        return self.letter_of(key)

    def letter_of(self, window: str) -> str | None:
        letters = self.ask(lambda uow: uow.dead_letters.page(10_000))
        return next((one.id for one in letters if one.execution_id == window), None)

    @invariant()
    def laws_hold(self) -> None:
        """Every law that the audit knows."""
        self.ask(lambda uow: check_laws(uow, self.parameters))

    @invariant()
    def store_is_as_the_model(self) -> None:
        """Balances, holds and statuses are what the model says."""
        with self.store(read_only=True) as uow:
            balances = uow.ledger.all_balances()
            holds = {one.reference: (one.payer, one.amount) for one in uow.holds.all_open()}
            agents = {
                one.id: (one.status.value, one.dormant_cycles, one.cooldown_until)
                for one in uow.agents.everyone()
            }
            bids = {
                one.id: (one.status.value, one.age, one.frozen_cycle)
                for one in uow.bids.page(10_000)
            }
            executions = {
                one.id: (one.status.value, one.attempt, one.acted, one.refunded)
                for one in uow.executions.page(10_000)
            }
            prompts = {one.id: (one.status.value, one.reward) for one in uow.prompts.page(10_000)}
            letters = {one.id: one.status.value for one in uow.dead_letters.page(10_000)}
        model = self.model
        owned = {key: value for key, value in balances.items() if not key.startswith("hold:")}
        same("balances", owned, model.balances)
        same("holds", holds, model.holds)
        same(
            "agents",
            agents,
            {key: (one.status, one.slept, one.cooling_until) for key, one in model.agents.items()},
        )
        same(
            "bids",
            bids,
            {key: (one.status, one.age, one.frozen) for key, one in model.bids.items()},
        )
        same(
            "executions",
            executions,
            {
                key: (one.status, one.attempt, one.acted, one.refunded)
                for key, one in model.windows.items()
            },
        )
        same(
            "prompts",
            prompts,
            {key: (one.status, one.reward) for key, one in model.prompts.items()},
        )
        same("dead letters", letters, {key: one.status for key, one in model.letters.items()})

    def teardown(self) -> None:
        """Lets the store go, if it can be closed."""
        close = getattr(self.store, "close", None)
        if close is not None:
            close()


def answer_of(call: Callable[[], Any]) -> tuple[str, Any]:
    """The code of the answer, and the answer."""
    try:
        return OK, call()
    except Conflict as refusal:
        if refusal.retry_after_seconds is not None:
            return LATER, None
        return refusal.code, None
    except DomainError as refusal:
        return refusal.code, None


def field_of(answer: Mapping[str, Any] | None, name: str) -> str | None:
    return None if answer is None else answer[name]


def pick(things: list[str], place: int) -> str | None:
    return things[place % len(things)] if things else None


def same(what: str, stored: Mapping[Any, object], modelled: Mapping[Any, object]) -> None:
    different = {
        key: (stored.get(key), modelled.get(key))
        for key in stored.keys() | modelled.keys()
        if stored.get(key) != modelled.get(key) and (stored.get(key, 0) or modelled.get(key, 0))
    }
    assert not different, f"{what} (stored, modelled): {different}"
