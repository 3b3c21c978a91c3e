"""The audit's checks of bids, windows and their events as a few statements over all rows.

Each statement counts the rows that are in order; a proof is that these are all there are. What
may follow what, and who may act when, is that of ``application/queries/auditing/past.py``.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sqlalchemy import or_, select

from syntropism.adapters.sql.bundles import bundle_of
from syntropism.adapters.sql.dead_letters import dead_letters
from syntropism.adapters.sql.events import events
from syntropism.adapters.sql.executions import SqlExecutions, executions
from syntropism.adapters.sql.prompts import prompts
from syntropism.adapters.sql.proof_texts import (
    ACTS,
    BID_STORIES,
    BIDS,
    COUNTS,
    HELD,
    OVERLAPS,
    SOLD,
    TRANSFERRED,
    WINDOW_STEPS,
    WINDOWS,
    spoken,
)
from syntropism.adapters.sql.transaction import Transaction
from syntropism.application.ports.repositories.proofs import Proof, Sold
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.execution.executions import Execution, ExecutionStatus

_NOTABLE: Final = (
    ExecutionStatus.FAILED.value,
    ExecutionStatus.KILLED.value,
    ExecutionStatus.DEAD_LETTERED.value,
)


class SqlProofs:
    """Proofs in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def bids_and_windows(self) -> Proof | None:
        self._transaction.write_put_off(events)
        self._transaction.expect_large_sets()
        ask = partial(_ask, self._transaction)
        ((bids, windows, won, told),) = ask(COUNTS)
        if ask(BIDS) != [(bids, won)] or windows != won:
            return None
        held = {TransferKind(kind): (n, whole) for kind, n, whole in ask(HELD)}
        if any(n != whole for n, whole in held.values()):
            return None
        for text, rows in ((BID_STORIES, bids), (WINDOW_STEPS, windows), (WINDOWS, windows)):
            if ask(text) != [(rows, rows)]:
                return None
        if ask(OVERLAPS) != [(0,)]:
            return None
        ((acts, allowed),) = ask(ACTS)
        if acts != allowed:
            return None
        return Proof(
            bids=bids,
            executions=windows,
            events=told,
            transferred=int(ask(TRANSFERRED)[0][0]),
            matched={kind: n for kind, (n, _) in held.items()},
            sold=[
                Sold(cycle, bundle_of(bundle, further), n, int(payments))
                for cycle, *bundle, further, n, payments in ask(SOLD)
            ],
            notable=self._notable(),
        )

    def _notable(self) -> list[Execution]:
        one = executions.c
        wanted = or_(
            one.refunded,
            one.status.in_(_NOTABLE),
            one.prompts_submitted > 0,
            one.id.in_(select(dead_letters.c.execution_id)),
            one.id.in_(select(prompts.c.execution_id)),
        )
        return SqlExecutions(self._transaction).where(wanted)


def _ask(transaction: Transaction, template: str) -> list[tuple[Any, ...]]:
    say: Callable[[str], str] = partial(spoken, dialect=transaction.dialect_name)
    return [tuple(row) for row in transaction.raw(say(template))]
