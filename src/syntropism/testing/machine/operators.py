"""What operators and humans do."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.operators.identity import LOCAL
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.identifiers import DeadLetterId, PromptId
from syntropism.testing.machine.comparison import (
    FILES,
    KEYS,
    LIVELY,
    PLACES,
    Comparison,
    field_of,
    pick,
)
from syntropism.testing.strategies import amounts, bid_requests, scores


class Operators(Comparison):
    """Operators make, sponsor and kill agents, score prompts and look after dead letters."""

    @rule(endowment=amounts(), first=st.none() | bid_requests(LIVELY), key=KEYS)
    def create_agent(self, endowment: int, first: BidRequest | None, key: str | None) -> None:
        """An operator makes an agent."""
        if len(self.model.agents) < 8:
            self.create(endowment, first, key)

    def create(self, endowment: int, first: BidRequest | None, key: str | None) -> None:
        request = BirthRequest("made", endowment, FILES, "", first)

        def predict(answer: Any) -> str:
            agent = field_of(answer, "id")
            bid = self.stored_bid_of(agent) if agent else None
            return self.model.create_agent(endowment, first, agent, bid)

        self.expect(
            "agent.create",
            key,
            (endowment, first),
            lambda: self.operators.create_agent(LOCAL, request, key, bids=first is not None),
            predict,
        )

    @rule(which=PLACES, key=KEYS, sure=st.integers(0, 3))
    def kill_agent(self, which: int, key: str | None, sure: int) -> None:
        """An operator ends an agent."""
        agent = self.agent_at(which)
        if not sure:
            self.expect(
                "agent.kill",
                key,
                agent,
                lambda: self.operators.kill_agent(LOCAL, agent, key),
                lambda _answer: self.model.kill(agent),
            )

    @rule(which=PLACES, request=bid_requests(LIVELY), key=KEYS)
    def sponsor_agent(self, which: int, request: BidRequest, key: str | None) -> None:
        """The treasury bids for an agent."""
        self.sponsor_by_treasury(self.agent_at(which), request, key)

    def sponsor_by_treasury(self, agent: str, request: BidRequest, key: str | None) -> None:
        """An operator sponsors an agent."""

        def predict(answer: Any) -> str:
            if agent not in self.model.agents:
                return "NOT_FOUND"
            bid_id = field_of(answer, "id")
            return self.model.place_bid("treasury", agent, request, bid_id)

        self.expect(
            "agent.sponsor",
            key,
            (agent, request),
            lambda: self.operators.sponsor_agent(LOCAL, agent, request, key),
            predict,
        )

    @precondition(lambda self: bool(self.model.prompts))
    @rule(which=PLACES, given=scores(), key=KEYS)
    def score(self, which: int, given: Scores, key: str | None) -> None:
        """A human scores a prompt."""
        prompt = self._prompt(which)
        self.expect(
            "prompt.score",
            key,
            (prompt, given),
            lambda: self.operators.score_prompt(LOCAL, PromptId(prompt), given, key),
            lambda _answer: self.model.score(
                prompt, given.interesting, given.useful, given.understandable
            ),
        )

    @precondition(lambda self: bool(self.model.prompts))
    @rule(which=PLACES, key=KEYS)
    def skip(self, which: int, key: str | None) -> None:
        """An operator skips a prompt."""
        prompt = self._prompt(which)
        self.expect(
            "prompt.skip",
            key,
            prompt,
            lambda: self.operators.skip_prompt(LOCAL, PromptId(prompt), key),
            lambda _answer: self.model.skip(prompt),
        )

    def _prompt(self, place: int) -> str:
        queued = [key for key, one in self.model.prompts.items() if one.status == "queued"]
        everything = [*self.model.prompts, "no-prompt"]
        return pick(queued if queued and place % 4 else everything, place) or "no-prompt"

    @precondition(lambda self: bool(self.model.letters))
    @rule(which=PLACES, key=KEYS)
    def retry_dead_letter(self, which: int, key: str | None) -> None:
        """An operator has a failed window tried again."""
        letter = self._letter(which)
        self.expect(
            "dead_letter.retry",
            key,
            letter,
            lambda: self.operators.retry_dead_letter(LOCAL, DeadLetterId(letter), key),
            lambda answer: self.model.retry(letter, field_of(answer, "retry_bid_id")),
        )

    @precondition(lambda self: bool(self.model.letters))
    @rule(which=PLACES, key=KEYS)
    def discard_dead_letter(self, which: int, key: str | None) -> None:
        """An operator puts a dead letter away."""
        letter = self._letter(which)
        self.expect(
            "dead_letter.discard",
            key,
            letter,
            lambda: self.operators.discard_dead_letter(LOCAL, DeadLetterId(letter), key),
            lambda _answer: self.model.discard(letter),
        )

    def _letter(self, place: int) -> str:
        return pick([*self.model.letters, "no-letter"], place) or "no-letter"
