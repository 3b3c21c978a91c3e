"""What an operation of the door is, and what a handler gets to see of a request."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

from attrs import frozen

from syntropism.adapters.rest.identity import Identity
from syntropism.adapters.rest.schemas import Body, Nothing
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.queries.paging import LIMIT_DEFAULT
from syntropism.domain.errors import Forbidden, Invalid

B = TypeVar("B", bound=Body)
E = TypeVar("E", bound=Enum)

PAGE: Final = ("limit", "cursor")
"""The query of every list."""

QUERY_MAX: Final = 200
"""Longest value in a query, in characters."""


class Access(Enum):
    """Who may ask at all; roles and ownership are the use case's to check."""

    AGENTS = "agents"
    OPERATORS = "operators"
    BOTH = "both"


@frozen(slots=True)
class Call:
    """One admitted request: who asks, and for what."""

    identity: Identity
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Body
    key: str | None

    @property
    def agent(self) -> AgentIdentity:
        """The agent that asks.

        Raises:
            Forbidden: an operator asks.
        """
        if not isinstance(self.identity, AgentIdentity):
            raise Forbidden("only an agent in its window can do this")
        return self.identity

    @property
    def operator(self) -> OperatorIdentity:
        """The operator who asks.

        Raises:
            Forbidden: an agent asks.
        """
        if not isinstance(self.identity, OperatorIdentity):
            raise Forbidden("only an operator can do this")
        return self.identity

    @property
    def page(self) -> tuple[int, str | None]:
        """The limit and the cursor of a list."""
        return whole(self.query, "limit", LIMIT_DEFAULT), self.query.get("cursor")

    def read(self, kind: type[B]) -> B:
        """The body, which the operation declared to be of this kind."""
        assert isinstance(self.body, kind)
        return self.body

    def one_of(self, name: str, kind: type[E]) -> E | None:
        """A query value out of an enumeration.

        Raises:
            Invalid: it is not one of them.
        """
        value = self.query.get(name)
        if value is None:
            return None
        for member in kind:
            if member.value == value:
                return member
        choices = ", ".join(str(member.value) for member in kind)
        raise Invalid(f"{name} must be one of {choices}", field=name)


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number in a query.

    Raises:
        Invalid: it is not one.
    """
    value = query.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise Invalid(f"{name} must be a whole number", field=name)
    return int(value)


def truth(query: Mapping[str, str], name: str) -> bool:
    """A truth value in a query; absent means no.

    Raises:
        Invalid: neither ``true`` nor ``false``.
    """
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise Invalid(f"{name} must be true or false", field=name)
    return value == "true"


@frozen(slots=True, kw_only=True)
class Operation:
    """One method on one path. ``answers`` is the view class of its data (for the API
    description), ``listed`` tells that it answers a page of them, ``quick`` that it reads a few
    rows by their keys and writes nothing."""

    method: str
    path: str
    summary: str
    run: Callable[[Call], Any]
    access: Access = Access.AGENTS
    body: type[Body] = Nothing
    query: Sequence[str] = ()
    answers: Any = None
    listed: bool = False
    scope: str = ""
    quick: bool = False

    @property
    def keyed(self) -> bool:
        """Whether it takes an idempotency key."""
        return self.method != "GET"
