"""Bugs for services to have, so that it can be seen whether a soak finds them.

Python imports this module by itself in a process that has its folder on ``PYTHONPATH``; what is
planted is named by ``SOAK_PLANT``. Without it nothing happens.
"""

import os
from collections.abc import Callable
from typing import Final


def keys_forgotten() -> None:
    """Idempotency keys are neither kept nor looked for."""
    from syntropism.adapters.sql.answers import SqlAnswers

    SqlAnswers.get = lambda *_: None  # type: ignore[method-assign]
    SqlAnswers.add = lambda *_: None  # type: ignore[method-assign]


def no_unique_key() -> None:
    """Nothing stops two at the same time from taking the same key for new."""
    from json import dumps

    from syntropism.adapters.sql.answers import Answer, SqlAnswers

    def get(self: SqlAnswers, scope: str) -> Answer | None:
        rows = self._transaction._fetch(
            "SELECT request_hash, status, document FROM idempotency_keys WHERE scope = %s",
            (scope,),
        )
        return Answer(*rows[0]) if rows else None

    def add(self: SqlAnswers, scope: str, answer: Answer) -> None:
        self._transaction._run(
            "INSERT INTO idempotency_keys (scope, request_hash, status, document, created_at) "
            "VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING",
            (scope, answer.request_hash, answer.status, dumps(answer.document)),
        )

    SqlAnswers.get = get  # type: ignore[method-assign]
    SqlAnswers.add = add  # type: ignore[method-assign]


def no_fence() -> None:
    """An orchestrator that was replaced goes on."""
    from syntropism.application import cycle

    cycle.require_lead = lambda *_: None
    cycle.take_lead = lambda *_: None  # type: ignore[assignment, return-value]


def no_fence_on_attempts() -> None:
    """A worker that has lost its lease goes on, and so does its agent."""
    from syntropism.domain.execution.executions import Execution

    Execution.under_way = lambda one, _attempt: one.status.value in ("leased", "running")  # type: ignore[method-assign]
    Execution.require_current = lambda *_: None  # type: ignore[attr-defined]


def acknowledged_before_work() -> None:
    """A worker tells the broker that it is done as soon as it has a window."""
    from syntropism.application import desk

    lease = desk.Desk.lease

    def eager(self: desk.Desk, limit: int) -> object:
        windows = lease(self, limit)
        for window in windows:
            self.queue.done(window.receipt)
        return windows

    desk.Desk.lease = eager  # type: ignore[assignment, method-assign]


PLANTS: Final[dict[str, Callable[[], None]]] = {
    one.__name__: one
    for one in (
        keys_forgotten,
        no_unique_key,
        no_fence,
        no_fence_on_attempts,
        acknowledged_before_work,
    )
}

if planted := os.environ.get("SOAK_PLANT"):
    PLANTS[planted]()
