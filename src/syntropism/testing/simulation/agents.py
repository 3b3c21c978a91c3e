"""Agents that act at random through the System Service, and repeat what was not answered."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from attrs import define, field

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    ProviderReport,
    Termination,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.system_service import SystemService
from syntropism.domain.credits import MICRO
from syntropism.domain.errors import DomainError, Unauthenticated
from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.resources import Bundle
from syntropism.testing.faults import Faults
from syntropism.testing.simulation import faults as kinds
from syntropism.testing.simulation.hosts import Diary
from syntropism.testing.simulation.scheduler import Killed, Scheduler
from syntropism.testing.simulation.watch import Watch

TRIES: Final = 3
"""How often an agent repeats a request that was not answered."""

DUPLICATED: Final = 0.2
"""How often a request that was answered arrives once more."""

MEMO: Final = "tip "
"""How the memo of a tip begins; the key of the request follows."""


@define
class Acknowledged:
    """What agents were told has happened: it must be found in the end, exactly once."""

    tips: dict[str, int] = field(factory=dict)
    """Amounts of transfers by their idempotency key."""
    asked: set[str] = field(factory=set)
    """The keys of all transfers that were ever asked for."""
    answered_twice: list[str] = field(factory=list)
    """Requests that were repeated with their key, and answered otherwise than before."""


@define
class SimulatedSandbox:
    """A provider whose windows are lived by random agents; it may fail, and so may they.

    ``hot`` is the agent that everybody pays: one account that all transactions want.
    """

    scheduler: Scheduler
    faults: Faults
    service: SystemService
    random: Random
    acknowledged: Acknowledged
    watch: Watch
    hot: AgentId
    known: Callable[[str], AgentIdentity]
    """Who a token proves its bearer to be."""
    diary: Diary
    _keys: int = 0

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """See the port."""
        if self.faults.strikes(kinds.PROVIDER_FAILED):
            raise ProviderFailed("the daemon does not answer: start it")
        began = self.scheduler.seconds
        self.diary.read(spec.agent_id, spec.execution_id, spec.attempt)
        self.diary.write(spec.agent_id, spec.execution_id, spec.attempt)
        who: AgentIdentity | None = None
        for act in range(self.random.randrange(1, 5)):
            self.scheduler.sleep(self.random.random() * spec.duration_ms / 4000)
            if self.faults.strikes(kinds.KILLED_IN_WINDOW):
                self.scheduler.current().killed = True
                raise Killed("in mid-window")
            if cancelled():
                return WindowOutcome(termination=Termination.KILLED)
            if self.scheduler.seconds - began > spec.duration_ms / 1000:
                return WindowOutcome(termination=Termination.TIMED_OUT)
            spec.sampled(act * 10, 2**20)
            try:
                who = who or self.known(spec.environment["SYSTEM_SERVICE_TOKEN"])
                self._act(who, first=act == 0)
            except Unauthenticated:
                break
        if self.faults.strikes(kinds.PROVIDER_FAILED):
            raise ProviderFailed("the daemon was lost: start it")
        return WindowOutcome(
            termination=self.random.choice((Termination.COMPLETED,) * 4 + tuple(Termination)),
            exit_code=0,
        )

    def cleanup(self, older_than_seconds: float) -> int:  # noqa: ARG002 (it has no leftovers)
        """Nothing is ever left behind."""
        return 0

    def undebuggable(self) -> str:
        """Nobody can look inside."""
        return "simulated agents cannot be debugged"

    def probe(self) -> ProviderReport:
        """Nothing is enforced."""
        return ProviderReport(name="simulated", available=True, enforces=(), exceptions=())

    def _act(self, who: AgentIdentity, *, first: bool) -> None:
        """Something; at first most agents see to their next window."""
        service, random = self.service, self.random
        acts: tuple[Callable[[], Any], ...] = (
            lambda: self._bid(who),
            lambda: self._tip(who),
            lambda: self._tip(who),
            lambda: self._prompt(who),
            lambda: self._spawn(who),
            lambda: service.send_message(who, self.hot, "hello", self._key(who)),
            lambda: service.window(who),
        )
        act = acts[0 if first and random.random() < 0.9 else random.randrange(len(acts))]
        try:
            act()
        except Unauthenticated:
            raise
        except (DomainError, StorageFailed):
            return
        if act is not acts[-1]:  # which only looks
            self.watch.acted(who)

    def _key(self, who: AgentIdentity) -> str:
        self._keys += 1
        return f"{who.execution_id}.{who.attempt}.{self._keys}"

    def _insist(self, key: str, call: Callable[[], Any]) -> None:
        """Repeats a request with the same key until it is answered; and sometimes once more, as
        a network does that duplicates."""
        for _ in range(TRIES):
            try:
                answer = call()
                break
            except StorageFailed:
                self.scheduler.sleep(self.random.random())
        else:
            raise StorageFailed("the API does not answer")
        if self.random.random() < DUPLICATED and call() != answer:
            self.acknowledged.answered_twice.append(key)

    def _bid(self, who: AgentIdentity) -> None:
        attention = self.random.randrange(3) == 0
        bundle = Bundle(0.5, 64, 10, attention_share=int(attention))
        request = BidRequest(bundle, (60 if attention else 25) * MICRO)
        key = self._key(who)
        self._insist(key, lambda: self.service.place_bid(who, request, None, key))

    def _tip(self, who: AgentIdentity) -> None:
        key, amount = self._key(who), self.random.randrange(1, 3 * MICRO)
        self.acknowledged.asked.add(key)
        self._insist(key, lambda: self._tipped(who, amount, key))

    def _tipped(self, who: AgentIdentity, amount: int, key: str) -> Any:
        answer = self.service.transfer(who, self.hot, amount, MEMO + key, key)
        self.acknowledged.tips[key] = amount
        return answer

    def _prompt(self, who: AgentIdentity) -> None:
        key, amount = self._key(who), self.random.randrange(MICRO)
        self._insist(key, lambda: self.service.submit_prompt(who, "look", amount, key))

    def _spawn(self, who: AgentIdentity) -> None:
        request = BirthRequest("child", 100 * MICRO, {"main.py": b""})
        key = self._key(who)
        self._insist(key, lambda: self.service.spawn(who, request, key))
