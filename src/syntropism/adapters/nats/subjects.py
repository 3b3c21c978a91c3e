"""The subjects of the agents' door: each is one operation of the System Service.

A new operation over HTTP gets its subject here; a test fails until it has one.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from attrs import frozen

OWN: Final = "{own}"
"""Stands for the id of whoever asks: there is nothing to see under another."""


@frozen(slots=True)
class Route:
    """``subject`` is made of words, of ``{names}`` that go into ``path``, and of ``{own}``.
    ``field`` is what of ``path`` may come in the payload instead."""

    subject: str
    method: str
    path: str
    field: str = ""

    @property
    def pattern(self) -> str:
        """The subject with wildcards, as NATS writes them."""
        return ".".join("*" if word.startswith("{") else word for word in self.subject.split("."))

    def allowed(self, agent_id: str) -> str:
        """The pattern that an agent may publish to."""
        own = self.subject.replace(OWN, agent_id)
        if self.path == "/economic/balance/{agent_id}":
            own = own.replace("{agent_id}", agent_id)
        return ".".join("*" if word.startswith("{") else word for word in own.split("."))


ROUTES: Final = (
    Route("economic.balance", "GET", "/economic/balance"),
    Route("economic.balance.{agent_id}", "GET", "/economic/balance/{agent_id}"),
    Route("economic.transfer", "POST", "/economic/transfer"),
    Route("economic.history", "GET", "/economic/history"),
    Route("economic.history.{own}", "GET", "/economic/history"),
    Route("market.prices", "GET", "/market/prices"),
    Route("market.state", "GET", "/market/state"),
    Route("market.state.{resource}", "GET", "/market/state/{resource}"),
    Route("market.quote", "POST", "/market/quote"),
    Route("market.bid", "POST", "/market/bid"),
    Route("market.bid.replace.{bid_id}", "PUT", "/market/bid/{bid_id}"),
    Route("market.bid.withdraw", "DELETE", "/market/bid/{bid_id}", "bid_id"),
    Route("market.bid.withdraw.{bid_id}", "DELETE", "/market/bid/{bid_id}"),
    Route("market.bids", "GET", "/market/bids"),
    Route("market.history", "GET", "/market/history"),
    Route("market.history.{cycle}.losses", "GET", "/market/history/{cycle}/losses"),
    Route("social.message", "POST", "/social/message"),
    Route("social.inbox", "GET", "/social/inbox"),
    Route("social.inbox.{own}", "GET", "/social/inbox"),
    Route("social.spawn", "POST", "/social/spawn"),
    Route("social.directory", "GET", "/social/directory"),
    Route("human.prompt", "POST", "/human/prompt"),
    Route("human.prompt.{prompt_id}", "GET", "/human/prompt/{prompt_id}"),
    Route("execution.context", "GET", "/execution"),
    Route("execution.reasoning", "POST", "/execution/reasoning"),
)

ROOTS: Final = tuple(sorted({route.subject.partition(".")[0] for route in ROUTES}))
"""The door listens to everything below these words."""


@frozen(slots=True)
class Target:
    """What a message asks for. ``own`` is the agent that it names as its own (empty: none)."""

    route: Route
    path: str
    own: str


def find(subject: str) -> Target | None:
    """The operation behind a subject; words of a subject may be percent-encoded."""
    for target in _matches(subject.split(".")):
        return target
    return None


def _matches(words: list[str]) -> Iterator[Target]:
    for route in ROUTES:
        wanted = route.subject.split(".")
        if len(wanted) != len(words):
            continue
        path, own = route.path, ""
        for word, found in zip(wanted, words, strict=True):
            if word == OWN:
                own = unquote(found)
            elif word.startswith("{"):
                path = path.replace(word, unquote(found))
            elif word != found:
                break
        else:
            yield Target(route, path, own)
