"""What must hold: always, while everything fails; and in the end."""

from collections.abc import Callable
from typing import Any, Final

from tests.e2e.soak.agents import KINDS, PAYMENTS

Rows = Callable[[str], list[tuple[Any, ...]]]

_UNFINISHED: Final = "('queued', 'leased', 'running')"
_ENDED: Final = (
    "SELECT data::jsonb->>'execution_id' FROM events WHERE type='execution.run.terminated'"
)

ALWAYS: Final = {
    "a won bid has no execution": "SELECT id::text FROM bids WHERE status = 'won' "
    "EXCEPT SELECT bid_id::text FROM executions",
    "an execution without a won bid": "SELECT bid_id::text FROM executions "
    "EXCEPT SELECT id::text FROM bids WHERE status = 'won'",
    "a bid was won twice": "SELECT bid_id FROM executions GROUP BY bid_id HAVING count(*) > 1",
    "a won bid was not charged": "SELECT bid_id::text FROM executions "
    "EXCEPT SELECT reference::text FROM transfers WHERE kind = 'payment'",
    "a charge without a won bid": "SELECT reference::text FROM transfers WHERE kind = 'payment' "
    "EXCEPT SELECT bid_id::text FROM executions",
    "a bid was charged twice": "SELECT reference::text FROM transfers WHERE kind = 'payment' "
    "GROUP BY reference HAVING count(*) > 1",
    "a charge is not the payment": "SELECT e.id FROM executions e JOIN transfers t "
    "ON t.reference::text = e.bid_id::text AND t.kind = 'payment' WHERE t.amount <> e.payment",
    "a payment was refunded twice": "SELECT reference::text FROM transfers WHERE kind = 'refund' "
    "GROUP BY reference HAVING count(*) > 1",
    "a final failure of ours was not refunded": "SELECT id::text FROM executions WHERE "
    "status = 'dead_lettered' EXCEPT SELECT reference::text FROM transfers WHERE kind = 'refund'",
    "a refund for something else": "SELECT reference::text FROM transfers WHERE kind = 'refund' "
    "EXCEPT SELECT id::text FROM executions WHERE status = 'dead_lettered'",
    "an execution ended twice": f"{_ENDED} GROUP BY 1 HAVING count(*) > 1",
    "an execution ended and nobody was told": "SELECT id::text FROM executions "
    f"WHERE status NOT IN {_UNFINISHED} EXCEPT {_ENDED}",
    "an execution that was told to have ended goes on": f"{_ENDED} "
    f"EXCEPT SELECT id::text FROM executions WHERE status NOT IN {_UNFINISHED}",
    "an execution acted after it had ended": "SELECT a.correlation_id FROM events a JOIN "
    "(SELECT data::jsonb->>'execution_id' AS id, sequence FROM events "
    "WHERE type = 'execution.run.terminated') e ON e.id = a.correlation_id "
    "WHERE a.sequence > e.sequence AND a.user_id IN (SELECT id::text FROM agents)",
    "an agent has two windows": f"SELECT agent_id FROM executions WHERE status IN {_UNFINISHED} "
    "GROUP BY agent_id HAVING count(*) > 1",
    "what was asked twice was paid twice": "SELECT memo FROM transfers WHERE kind = 'transfer' "
    "GROUP BY memo HAVING count(*) > 1",
    "what was asked twice was written twice": "SELECT content FROM messages "
    "GROUP BY content HAVING count(*) > 1",
    "what was asked twice was shown twice": "SELECT content FROM prompts "
    "GROUP BY content HAVING count(*) > 1",
    "a prompt was answered twice": "SELECT prompt_id FROM responses "
    "GROUP BY prompt_id HAVING count(*) > 1",
}
"""Each is one statement, so it sees one moment; whatever it finds breaks the law."""


def broken(rows: Rows) -> list[str]:
    """The laws that are broken now, with some of what breaks them."""
    found = ((law, rows(query)) for law, query in ALWAYS.items())
    return [_line(law, some) for law, some in found if some]


def broken_in_the_end(rows: Rows) -> list[str]:
    """The same once nobody is at work any more, and nothing may be missing."""
    open_still = rows(f"SELECT id, status FROM executions WHERE status IN {_UNFINISHED}")
    lines = broken(rows)
    if open_still:
        lines.append(_line("a won bid has no final outcome", open_still))
    for what, table, column in (
        ("payments", "transfers", "memo"),
        ("messages", "messages", "content"),
    ):
        missing = _missing(rows, table, column)
        if missing:
            lines.append(
                _line(f"{what} of a window that was lived to its end are missing", missing)
            )
    return lines


def _missing(rows: Rows, table: str, column: str) -> list[tuple[Any, ...]]:
    """Completed executions that did less, or more, than their agent does."""
    lived = rows(
        f"SELECT e.id, a.name, count(t.{column}) FROM executions e "
        "JOIN agents a ON a.id = e.agent_id "
        f"LEFT JOIN {table} t ON split_part(t.{column}, ' ', 1) = e.id::text "
        "WHERE e.status = 'completed' GROUP BY e.id, a.name"
    )
    return [one for one in lived if one[2] != PAYMENTS[KINDS[one[1]]]]


def _line(law: str, some: list[tuple[Any, ...]]) -> str:
    shown = ", ".join(" ".join(map(str, one)) for one in some[:3])
    return f"{law} ({len(some)}: {shown})"
