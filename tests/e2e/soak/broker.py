"""What stands in the streams of NATS, asked of the server itself, past the proxy."""

import json
from typing import Final

from tests.e2e.soak.fleet import Fleet
from tests.integration.nats.history import linked

READ_SECONDS_MAX: Final = 600


def working_unknown_to_the_queue(fleet: Fleet) -> list[str]:
    """Windows that somebody works on though their message was acknowledged: if that worker dies,
    nobody is told of them. (Asked before and after, for they come and go.)"""
    query = "SELECT id::text, attempt FROM executions WHERE status IN ('leased', 'running')"
    before = fleet.rows(query)
    if not before:
        return []
    waiting = waiting_in_the_queue(fleet)
    if waiting is None:
        return []
    both = set(before) & set(fleet.rows(query))
    found = sorted(one for one, _ in both if one not in waiting)
    return [f"acknowledged before its work was done ({', '.join(found)})"] if found else []


def waiting_in_the_queue(fleet: Fleet) -> set[str] | None:
    """The executions with a message in the queue; ``None`` while the server is not there."""
    from nats.errors import Error
    from nats.js.errors import Error as JetStreamError
    from nats.js.errors import NotFoundError

    from syntropism.adapters.nats.link import Unreachable

    try:
        with linked(fleet.nats.url) as link:

            async def read() -> set[str]:
                try:
                    info = await link.jetstream.stream_info("WORK", subjects_filter="work.*.*")
                except NotFoundError:
                    return set()
                return {subject.rpartition(".")[2] for subject in info.state.subjects or ()}

            return link.call(read())
    except (Unreachable, Error, JetStreamError, OSError):
        return None


def published(fleet: Fleet, first: int) -> list[str]:
    """Ids of events in the stream from a number on; from its last message, if that is
    negative."""
    with linked(fleet.nats.url) as link:

        async def read() -> list[str]:
            state = (await link.jetstream.stream_info("EVENTS")).state
            begin = max(1, state.first_seq, first if first > 0 else state.last_seq)
            found = []
            for number in range(begin, state.last_seq + 1):
                message = await link.jetstream.get_msg("EVENTS", number, direct=True)
                found.append(str(json.loads(message.data or b"{}")["id"]))
            return found

        return link.call(read(), READ_SECONDS_MAX)
