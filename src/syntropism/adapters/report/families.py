"""Which families a report draws."""

from collections import defaultdict
from typing import Final

from attrs import frozen

from syntropism.application.queries.report import Tables
from syntropism.application.queries.report.rows import AgentRow

DRAWN_MAX: Final = 500
"""So many lives can still be told apart on a page."""


@frozen
class Family:
    """A founder, first, and its descendants, oldest first."""

    members: tuple[AgentRow, ...]


def families(tables: Tables, drawn_max: int = DRAWN_MAX) -> list[Family]:
    """The largest families, at most ``drawn_max`` agents in all; of a family that is too large
    alone, the oldest members."""
    founder: dict[str, str] = {}
    members: defaultdict[str, list[AgentRow]] = defaultdict(list)
    for row in tables.agents:
        founder[row.id] = founder[row.parent_id] if row.parent_id else row.id
        members[founder[row.id]].append(row)
    shown: list[Family] = []
    room = drawn_max
    for rows in sorted(members.values(), key=lambda rows: (-len(rows), rows[0].id)):
        if len(rows) <= room or not shown:
            shown.append(Family(tuple(rows[:room])))
            room -= len(shown[-1].members)
    return shown
