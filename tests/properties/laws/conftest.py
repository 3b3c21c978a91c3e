"""A machine driven by hand: one short history in which everything that may happen does."""

from collections.abc import Callable, Iterator

import pytest

from syntropism.application.commands.bidding import BidRequest
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import MICRO
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.market.resources import Bundle
from syntropism.testing import EconomyMachine

SMALL = Bundle("0.1", 32, 10)
SEEING = Bundle("0.5", 64, 10, 0, 1)
LONG = Bundle(10, 64, 20)
HUGE = Bundle(40, 64, 10)


def bid(bundle: Bundle, amount: int) -> BidRequest:
    return BidRequest(bundle, amount * MICRO)


class Story:
    """Names for the places of the machine's rules."""

    def __init__(self, machine: EconomyMachine) -> None:
        self.machine = machine

    @staticmethod
    def _place(things: list[str], wanted: str, fits: Callable[[int], bool]) -> int:
        return next(
            place
            for place in range(10_000)
            if things[place % len(things)] == wanted and fits(place) and place % 16 < 9
        )

    def author(self, agent: int) -> int:
        """The place of the agent's current window."""
        windows, model = self.machine.current_windows(), self.machine.model
        name = list(model.agents)[agent]
        mine = next(key for key in windows if model.windows[key].agent == name)
        return self._place(windows, mine, lambda _: True)

    def bid_of(self, agent: int) -> int:
        """The place of the bid that is open for the agent."""
        model = self.machine.model
        wanted = model.open_bid_of(list(model.agents)[agent]) or ""
        open_ = [key for key, one in model.bids.items() if one.status == "open"]
        return self._place(open_, wanted, lambda place: place % 4 != 0)

    def attempt_of(self, agent: int) -> tuple[str, int]:
        """The agent's window that is not final, and its attempt."""
        model = self.machine.model
        window = model.window_of(list(model.agents)[agent]) or ""
        return window, model.windows[window].attempt

    def tell(self) -> Iterator[str]:
        """The history; after every step everything can be checked."""
        m = self.machine
        m.found(endowment=400, first=bid(SEEING, 60))
        yield "three agents, two of them in windows with attention"
        m.transfer(amount=30 * MICRO, key="a", place=self.author(0), to=1)
        yield "a transfer"
        m.transfer(amount=30 * MICRO, key="a", place=self.author(0), to=1)
        yield "the same once more"
        m.transfer(amount=31 * MICRO, key="a", place=self.author(0), to=1)
        yield "another under the same key"
        m.transfer(amount=900 * MICRO, key=None, place=self.author(0), to=1)
        yield "more than there is"
        m.create(2**53, None, None)
        m.transfer(amount=1, key=None, place=self.author(0), to=3)
        yield "the smallest amount to the richest agent"
        m.send_message(key=None, place=self.author(0), to=1)
        yield "a message"
        m.show(amount=MICRO, key="a", place=0)
        m.show(amount=0, key=None, place=0)
        yield "two prompts"
        m.submit_prompt(amount=MICRO, key=None, place=self.author(0))
        yield "one prompt too many"
        m.spawn_well(first=bid(SMALL, 25), key="a", place=self.author(0))
        yield "a child"
        m.bid(key=None, place=self.author(0), request=bid(SMALL, 30))
        m.bid(key=None, place=self.author(0), request=bid(SMALL, 40))
        yield "a bid replaced"
        m.withdraw_bid(key=None, place=self.author(0), which=self.bid_of(0))
        yield "a bid withdrawn"
        m.sponsor(key=None, place=self.author(2), request=bid(SMALL, 20), to=0)
        yield "a sponsor"
        m.bid(key=None, place=self.author(2), request=bid(SMALL, 30))
        m.run_cycle(seconds=0)
        yield "bids wait while their agents live"
        m.withdraw_bid(key=None, place=self.author(2), which=self.bid_of(2))
        m.end_attempt(*self.attempt_of(0), ExecutionStatus.FAILED)
        yield "a failure of the agent's"
        m.lose_attempt(*self.attempt_of(2))
        yield "a failure of ours, after the agent has acted"
        m.score(given=Scores(8, 9, 7), key=None, which=1)
        yield "a scored prompt"
        m.score(given=Scores(1, 0, 0), key=None, which=4)
        yield "no prompt is scored twice"
        m.repeat(behind=0, name="settle")
        yield "a cycle settled again"
        m.elect(name="second")
        m.act_after_losing_the_lead()
        yield "an orchestrator that no longer leads"
        m.run_cycle(seconds=10)
        m.lease(limit=10)
        m.start_attempt(*self.attempt_of(0))
        yield "a sponsored window"
        m.lose_attempt(*self.attempt_of(0))
        yield "a failure of ours, before the agent has acted"
        m.end_attempt(*self.attempt_of(0), ExecutionStatus.KILLED)
        yield "the report of an attempt that was taken back"
        for _ in range(5):
            m.create(100 * MICRO, bid(LONG, 80), None)
        m.run_cycle(seconds=0)
        yield "a machine that is full"
        m.run_cycle(seconds=0)
        yield "and stays full"
        m.lease(limit=10)
        m.start_attempt(*self.attempt_of(0))
        m.transfer(amount=MICRO, key=None, place=self.author(0), to=1)
        yield "the second attempt acts"
        m.transfer(amount=MICRO, key=None, place=14, to=1)
        yield "the first attempt may not"
        for window, row in list(m.model.windows.items()):
            m.start_attempt(window, row.attempt)
            m.end_attempt(window, row.attempt, ExecutionStatus.COMPLETED)
        yield "windows that ended well"
        m.create(30 * MICRO, None, None)
        youngest = len(m.model.agents) - 1
        m.sponsor_agent(key=None, request=bid(SMALL, 20), which=youngest)
        m.sponsor_agent(key=None, request=bid(HUGE, 250), which=0)
        m.run_cycle(seconds=10)
        yield "a window that nobody has leased yet"
        bidding = next(n for n, name in enumerate(m.model.agents) if m.model.open_bid_of(name))
        for number in (youngest, bidding):
            m.kill_agent(key=None, sure=0, which=number)
        yield "deaths: one with a sponsor, one with a bid of its own"
        m.recover(everything=True)
        for _ in range(6):
            m.run_cycle(seconds=10)
            yield "what waits for too long expires"
        m.create(100 * MICRO, None, None)
        m.create(300 * MICRO, bid(HUGE, 250), None)
        m.run_cycle(seconds=10)
        yield "one sleeps, one waits"


def check(machine: EconomyMachine) -> None:
    """Everything that the machine checks after a step."""
    machine.laws_hold()
    machine.store_is_as_the_model()


@pytest.fixture
def machine() -> Iterator[EconomyMachine]:
    """A machine on an empty store in memory."""
    machine = EconomyMachine()
    yield machine
    machine.teardown()


@pytest.fixture
def tell(machine: EconomyMachine) -> Callable[[], list[str]]:
    """Tells the history, checks everything after each step, and gives what was told."""

    def told() -> list[str]:
        steps = []
        for step in Story(machine).tell():
            steps.append(step)
            check(machine)
        return steps

    return told
