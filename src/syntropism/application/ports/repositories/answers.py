"""What idempotency keys were answered."""

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import frozen


@frozen(slots=True)
class Answer:
    """What was answered to an idempotency key: ``status`` is ``"ok"`` or an error code."""

    request_hash: str
    status: str
    document: Mapping[str, Any]


class Answers(Protocol):
    """The memory behind idempotency keys; ``scope`` is identity + operation + key."""

    def get(self, scope: str) -> Answer | None:
        """The answer, locked: a concurrent duplicate waits here."""
        ...

    def add(self, scope: str, answer: Answer) -> None: ...
