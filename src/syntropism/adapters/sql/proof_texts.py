"""The statements of proofs, for both databases. ``data:name`` stands for a field of an event."""

import re
from functools import cache
from typing import Final

_FIELD: Final = re.compile(r"\bdata:(\w+)")
_FIELDS: Final = {"sqlite": r"json_extract(data, '$.\1')", "postgresql": r"(data->>'\1')"}
_NUMBERS: Final = {"sqlite": r"json_extract(data, '$.\1')", "postgresql": r"(data->>'\1')::int8"}
_NUMBER: Final = re.compile(r"\bnumber:(\w+)")


@cache
def spoken(template: str, dialect: str) -> str:
    """``template`` as this database understands it."""
    return _NUMBER.sub(_NUMBERS[dialect], _FIELD.sub(_FIELDS[dialect], template))


_BID_EVENTS: Final = (
    "'market.bid.placed', 'market.bid.won', 'market.bid.withdrawn', 'market.bid.replaced', "
    "'market.bid.expired', 'market.bid.cancelled'"
)
_RUN_EVENTS: Final = (
    "'execution.run.queued', 'execution.run.leased', 'execution.run.started', "
    "'execution.run.requeued', 'execution.run.terminated'"
)
_ENDS: Final = (
    "'completed', 'failed', 'timed_out', 'oom_killed', 'cpu_exhausted', 'killed', 'dead_lettered'"
)

COUNTS: Final = """
SELECT (SELECT count(*) FROM bids), (SELECT count(*) FROM executions),
    (SELECT count(*) FROM bids WHERE status = 'won'), (SELECT count(*) FROM events)
"""

BIDS: Final = """
SELECT count(*), count(x.id)
FROM bids AS b JOIN holds AS h ON h.id = b.hold_id LEFT JOIN executions AS x ON x.bid_id = b.id
WHERE h.payer = b.payer AND h.purpose = 'bid' AND h.reference = b.id
    AND h.amount = CASE WHEN b.fallback_amount > b.main_amount THEN b.fallback_amount
                        ELSE b.main_amount END
    AND (h.status = 'open') = (b.status = 'open')
    AND CASE
        WHEN b.status <> 'won' THEN b.payment IS NULL AND x.id IS NULL
        WHEN x.agent_id = b.agent_id AND x.payer = b.payer AND x.payment = b.payment
            AND x.cycle = b.ended_cycle
        THEN CASE
            WHEN b.won_fallback THEN
                b.fallback_reserve >= 0 AND b.payment >= b.fallback_reserve
                AND b.payment <= b.fallback_amount
                AND x.cpu_ms = b.fallback_cpu_ms AND x.memory_milli_mb = b.fallback_memory_milli_mb
                AND x.duration_ms = b.fallback_duration_ms AND x.tokens = b.fallback_tokens
                AND x.attention_share = b.fallback_attention_share
                AND coalesce(x.further, '') = coalesce(b.fallback_further, '')
            ELSE
                b.main_reserve >= 0 AND b.payment >= b.main_reserve
                AND b.payment <= b.main_amount
                AND x.cpu_ms = b.main_cpu_ms AND x.memory_milli_mb = b.main_memory_milli_mb
                AND x.duration_ms = b.main_duration_ms AND x.tokens = b.main_tokens
                AND x.attention_share = b.main_attention_share
                AND coalesce(x.further, '') = coalesce(b.main_further, '')
            END
        ELSE b.id IS NULL
    END
"""
"""Bids that are what their holds and windows say, and their windows. A window that a bid won has
its terms; another bid has none."""

HELD: Final = """
WITH due AS (
    SELECT 'bid_held' AS kind, count(*) AS whole FROM holds WHERE purpose = 'bid' AND amount > 0
    UNION ALL SELECT 'payment', count(*) FROM bids WHERE payment > 0
    UNION ALL SELECT 'bid_returned', count(*) FROM bids JOIN holds ON holds.id = bids.hold_id
        WHERE bids.status <> 'open' AND holds.amount > coalesce(bids.payment, 0)
), moved AS (
    SELECT t.kind, count(DISTINCT t.reference) AS n
    FROM transfers AS t JOIN bids AS b ON b.id = t.reference JOIN holds AS h ON h.id = b.hold_id
    WHERE CASE t.kind
        WHEN 'bid_held' THEN
            t.debit = b.payer AND t.credit = 'hold:' || h.id AND t.amount = h.amount
        WHEN 'payment' THEN
            t.debit = 'hold:' || h.id AND t.credit = 'burn' AND t.amount = b.payment
        WHEN 'bid_returned' THEN
            t.debit = 'hold:' || h.id AND t.credit = b.payer AND b.status <> 'open'
            AND t.amount = h.amount - coalesce(b.payment, 0)
        ELSE b.id IS NULL
    END
    GROUP BY t.kind
)
SELECT due.kind, due.whole, coalesce(moved.n, 0)
FROM due LEFT JOIN moved ON moved.kind = due.kind
"""
"""For each kind of transfer that bids cause: how many there should be, and for how many bids
there is the one. That there are no others shows in the sum of all flows."""

BID_STORIES: Final = f"""
WITH told AS (
    SELECT data:bid_id AS id, count(*) AS n, min(sequence) AS first,
        min(CASE WHEN type = 'market.bid.placed' THEN sequence END) AS placed,
        max(CASE WHEN type <> 'market.bid.placed' THEN substr(type, 12) END) AS ended,
        max(CASE WHEN type = 'market.bid.placed' THEN 0 ELSE 1 END) AS ends
    FROM events WHERE type IN ({_BID_EVENTS}) GROUP BY 1
)
SELECT count(*), count(CASE
    WHEN told.placed = told.first AND told.n = 1 + told.ends
        AND b.status = coalesce(told.ended, 'open') THEN 1 END)
FROM told LEFT JOIN bids AS b ON b.id = told.id
"""
"""What events speak of as a bid; and those that were placed first, ended once at most, and
stand as they ended."""

_STEPS: Final = f"""
steps AS (
    SELECT data:execution_id AS id, data:agent_id AS agent_id, sequence,
        CASE type WHEN 'execution.run.queued' THEN 'queued'
            WHEN 'execution.run.requeued' THEN 'queued' WHEN 'execution.run.leased' THEN 'leased'
            WHEN 'execution.run.started' THEN 'running' ELSE data:status END AS status
    FROM events WHERE type IN ({_RUN_EVENTS})
), walked AS (
    SELECT id, agent_id, sequence, status,
        lag(status) OVER (PARTITION BY id ORDER BY sequence) AS before,
        lead(sequence) OVER (PARTITION BY id ORDER BY sequence) AS next
    FROM steps
)
"""

WINDOW_STEPS: Final = f"""
WITH {_STEPS}, told AS (
    SELECT id, count(*) AS n, count(CASE
            WHEN before IS NULL AND status = 'queued' THEN 1
            WHEN before = 'queued' AND status IN ('leased', 'killed', 'dead_lettered') THEN 1
            WHEN before = 'leased' AND status IN ('running', 'queued', 'killed', 'dead_lettered')
            THEN 1
            WHEN before = 'running' AND status IN ('queued', {_ENDS}) THEN 1
        END) AS allowed, max(CASE WHEN next IS NULL THEN status END) AS last,
        min(agent_id) AS agent_id, max(agent_id) AS other
    FROM walked GROUP BY id
)
SELECT count(*), count(CASE WHEN told.n = told.allowed AND told.last = x.status
    AND told.agent_id = x.agent_id AND told.other = x.agent_id THEN 1 END)
FROM told LEFT JOIN executions AS x ON x.id = told.id
"""
"""What events speak of as a window; and those that went from status to status as they may, to
the one they have."""

OVERLAPS: Final = f"""
WITH lives AS (
    SELECT data:agent_id AS agent_id, data:execution_id AS id, min(sequence) AS first,
        max(CASE WHEN type = 'execution.run.terminated' THEN sequence END) AS last
    FROM events WHERE type IN ({_RUN_EVENTS}) GROUP BY 1, 2
), ordered AS (
    SELECT first, row_number() OVER (PARTITION BY agent_id ORDER BY first) AS place,
        lag(last) OVER (PARTITION BY agent_id ORDER BY first) AS before
    FROM lives
)
SELECT count(*) FROM ordered WHERE place > 1 AND (before IS NULL OR before > first)
"""
"""Windows that were queued before the one before them, of the same agent, had ended."""

WINDOWS: Final = f"""
SELECT count(*), count(CASE WHEN (x.status IN ({_ENDS})) = (x.deleted_at IS NOT NULL)
    AND (x.deleted_at IS NULL) = (x.ended_cycle IS NULL) THEN 1 END)
FROM executions AS x JOIN agents AS a ON a.id = x.agent_id
"""
"""Windows of agents; and those that have ended if, and only if, that is their status."""

ACTS: Final = f"""
WITH births AS (
    SELECT data:agent_id AS id, data:parent_id AS parent_id, min(sequence) AS sequence
    FROM events WHERE type = 'population.agent.spawned' GROUP BY 1, 2
), told AS (
    SELECT sequence, user_id, correlation_id,
        CASE type WHEN 'market.bid.placed' THEN data:payer_id
            WHEN 'attention.prompt.submitted' THEN data:agent_id
            WHEN 'agent.reasoning.traced' THEN data:agent_id ELSE data:sender END AS claimed,
        CASE WHEN type IN ({_RUN_EVENTS}) THEN sequence END AS step,
        CASE WHEN type IN ({_RUN_EVENTS}) THEN data:execution_id ELSE correlation_id END AS stage
    FROM events
    WHERE type IN ({_RUN_EVENTS}, 'market.bid.placed', 'attention.prompt.submitted',
        'agent.reasoning.traced', 'economy.credits.transferred', 'social.message.sent')
), acts AS (
    SELECT sequence, user_id, correlation_id, claimed, step,
        max(step) OVER (PARTITION BY stage ORDER BY sequence) AS latest
    FROM told
)
SELECT count(*), count(CASE
    WHEN (acts.claimed = acts.user_id OR births.parent_id = acts.user_id)
        AND (acts.correlation_id = ''
            OR latest.type = 'execution.run.started' AND data:agent_id = acts.user_id) THEN 1 END)
FROM acts
LEFT JOIN births ON births.id = acts.claimed AND births.sequence < acts.sequence
LEFT JOIN events AS latest ON latest.sequence = acts.latest
WHERE acts.step IS NULL AND acts.user_id IN (SELECT id FROM births)
"""
"""What agents did; and what they did as themselves, or for a child, and if in a window then in a
running one of their own."""

TRANSFERRED: Final = """
SELECT coalesce(sum(number:amount_micro), 0) FROM events
WHERE type = 'economy.credits.transferred'
"""

SOLD: Final = """
SELECT cycle, cpu_ms, memory_milli_mb, duration_ms, tokens, attention_share, further, count(*),
    sum(payment)
FROM executions GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
