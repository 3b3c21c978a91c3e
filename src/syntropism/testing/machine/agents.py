"""What agents do in their windows, with the right to and without."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.domain.credits import MICRO
from syntropism.domain.identifiers import AgentId, BidId
from syntropism.testing.machine.comparison import (
    FILES,
    KEYS,
    LIVELY,
    PLACES,
    Comparison,
    field_of,
    pick,
)
from syntropism.testing.strategies import amounts, bid_requests

_in_a_window = precondition(lambda self: bool(self.current_windows()))


class Agents(Comparison):
    """Agents pay, write, bid, sponsor, spawn and ask for attention."""

    @_in_a_window
    @rule(place=PLACES, to=PLACES, amount=amounts(), key=KEYS)
    def transfer(self, place: int, to: int, amount: int, key: str | None) -> None:
        """An agent pays another, and claims to be a third: nobody may believe it."""
        receiver, claimed = self.agent_at(to), self.agent_at(to + 1)
        self.act(
            place,
            "transfer",
            key,
            (receiver, amount, claimed),
            lambda who: self.service.transfer(who, AgentId(receiver), amount, claimed, key),
            lambda agent, _window, _answer: self.model.transfer(agent, receiver, amount),
        )

    @_in_a_window
    @rule(place=PLACES, to=PLACES, key=KEYS)
    def send_message(self, place: int, to: int, key: str | None) -> None:
        """An agent writes to another."""
        receiver = self.agent_at(to)
        self.act(
            place,
            "message",
            key,
            receiver,
            lambda who: self.service.send_message(who, AgentId(receiver), "hello", key),
            lambda agent, _window, _answer: self.model.message(agent, receiver),
        )

    @_in_a_window
    @rule(place=PLACES, request=bid_requests(LIVELY), key=KEYS)
    def bid(self, place: int, request: BidRequest, key: str | None) -> None:
        """An agent bids for itself."""
        self.act(
            place,
            "bid",
            key,
            (request, None),
            lambda who: self.service.place_bid(who, request, None, key),
            lambda agent, _window, answer: self.model.place_bid(
                agent, agent, request, field_of(answer, "id")
            ),
        )

    @_in_a_window
    @rule(place=PLACES, to=PLACES, request=bid_requests(LIVELY), key=KEYS)
    def sponsor(self, place: int, to: int, request: BidRequest, key: str | None) -> None:
        """An agent bids for another, or for itself by its id."""
        other = self.agent_at(to)
        self.act(
            place,
            "bid",
            key,
            (request, other),
            lambda who: self.service.place_bid(who, request, AgentId(other), key),
            lambda agent, _window, answer: self.model.place_bid(
                agent, other, request, field_of(answer, "id")
            ),
        )

    @_in_a_window
    @precondition(lambda self: bool(self.model.bids))
    @rule(place=PLACES, which=PLACES, request=bid_requests(LIVELY), key=KEYS)
    def replace_bid(self, place: int, which: int, request: BidRequest, key: str | None) -> None:
        """An agent replaces a bid, perhaps somebody else's."""
        bid_id = self._bid(which)
        self.act(
            place,
            "bid.replace",
            key,
            (request, bid_id),
            lambda who: self.service.replace_bid(who, BidId(bid_id), request, key),
            lambda agent, _window, answer: self.model.replace_bid(
                agent, bid_id, request, field_of(answer, "id")
            ),
        )

    @_in_a_window
    @precondition(lambda self: bool(self.model.bids))
    @rule(place=PLACES, which=PLACES, key=KEYS)
    def withdraw_bid(self, place: int, which: int, key: str | None) -> None:
        """An agent withdraws a bid, perhaps somebody else's."""
        bid_id = self._bid(which)
        self.act(
            place,
            "bid.withdraw",
            key,
            bid_id,
            lambda who: self.service.withdraw_bid(who, BidId(bid_id), key),
            lambda agent, _window, _answer: self.model.withdraw_bid(agent, bid_id),
        )

    def _bid(self, place: int) -> str:
        open_ = [key for key, bid in self.model.bids.items() if bid.status == "open"]
        return pick(open_ if place % 4 else [*self.model.bids, "no-bid"], place) or "no-bid"

    @_in_a_window
    @rule(place=PLACES, endowment=amounts(300 * MICRO), first=bid_requests(LIVELY), key=KEYS)
    def spawn(self, place: int, endowment: int, first: BidRequest, key: str | None) -> None:
        """An agent spawns a child, if it can."""
        self.bear(place, endowment, first, key)

    @_in_a_window
    @rule(place=PLACES, first=bid_requests(LIVELY, refused=False), key=KEYS)
    def spawn_well(self, place: int, first: BidRequest, key: str | None) -> None:
        """An agent spawns a child with just enough."""
        self.bear(place, max(first.amount, first.fallback_amount), first, key)

    def bear(self, place: int, endowment: int, first: BidRequest, key: str | None) -> None:
        """An agent spawns a child."""
        request = BirthRequest("child", endowment, FILES, "", first)
        self.act(
            place,
            "spawn",
            key,
            (endowment, first),
            lambda who: self.service.spawn(who, request, key),
            lambda agent, _window, answer: self.model.spawn(
                agent, endowment, first, field_of(answer, "agent_id"), field_of(answer, "bid_id")
            ),
        )

    @precondition(lambda self: bool(self.windows_with_attention()))
    @rule(place=PLACES, amount=st.sampled_from((0, 1, MICRO)), key=KEYS)
    def show(self, place: int, amount: int, key: str | None) -> None:
        """An agent that has bought attention uses it."""
        window = pick(self.windows_with_attention(), place) or ""
        self.submit(self.current_windows().index(window), amount, key)

    @_in_a_window
    @rule(place=PLACES, amount=amounts(5 * MICRO), key=KEYS)
    def submit_prompt(self, place: int, amount: int, key: str | None) -> None:
        """An agent shows something to a human, with attention or without."""
        self.submit(place, amount, key)

    def windows_with_attention(self) -> list[str]:
        """The windows that may show something now."""
        windows = self.model.windows
        return [
            key
            for key in self.current_windows()
            if windows[key].prompts < windows[key].bundle.attention_share
        ]

    def submit(self, place: int, amount: int, key: str | None) -> None:
        """An agent submits a prompt."""
        self.act(
            place,
            "prompt",
            key,
            amount,
            lambda who: self.service.submit_prompt(who, "look", amount, key),
            lambda _agent, window, answer: self.model.submit_prompt(
                window, amount, field_of(answer, "id")
            ),
        )
