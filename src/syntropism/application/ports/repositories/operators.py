"""Who may operate the economy."""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from syntropism.domain.identifiers import OperatorId


@frozen(slots=True)
class Operator:
    """A human or program that runs the economy; ``role`` is ``admin``, ``scorer`` or ``viewer``.

    ``token_hash`` is the SHA-256 of its (random, 256-bit) token in hexadecimal.
    """

    id: OperatorId
    name: str
    role: str
    token_hash: str
    created_at: datetime


class Operators(Protocol):
    """Who may operate the economy."""

    def add(self, operator: Operator) -> None: ...

    def by_token_hash(self, token_hash: str) -> Operator | None: ...

    def count(self) -> int: ...
