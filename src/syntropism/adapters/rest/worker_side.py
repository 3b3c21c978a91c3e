"""The worker side: where workers on other machines take windows and report how they ended."""

from base64 import b64encode
from typing import Any, Final

from syntropism.adapters.rest.operations import Access, Call, Operation
from syntropism.adapters.rest.worker_schemas import (
    FoldersBody,
    GoesOnView,
    HeartbeatBody,
    HeldBody,
    LeaseBody,
    LeasedView,
    LeasesView,
    LoseBody,
    NeedlessView,
    ReportBody,
    SignedOnView,
    SignOnBody,
    StartedView,
)
from syntropism.application.documents import document
from syntropism.application.workforce import Workforce
from syntropism.domain.identifiers import AgentId

_WORKER: Final = "/workers/{worker_id}"
_WINDOW: Final = f"{_WORKER}/windows/{{execution_id}}"


def worker_operations(workforce: Workforce) -> list[Operation]:
    """Everything a worker can ask; all of it needs the role ``worker``."""

    def sign_on(call: Call) -> Any:
        body = call.read(SignOnBody)
        worker = call.path["worker_id"]
        return workforce.sign_on(call.operator, worker, body.capacity(), draining=body.draining)

    def needless(call: Call) -> Any:
        standings = call.read(FoldersBody).standings
        known = {AgentId(one): standing for one, standing in standings.items()}
        return document(NeedlessView(tuple(workforce.needless(call.operator, known))))

    def lease(call: Call) -> Any:
        limit = call.read(LeaseBody).limit
        leased = workforce.lease(call.operator, call.path["worker_id"], limit)
        return document(
            LeasesView(
                tuple(
                    LeasedView(
                        one.execution_id,
                        one.agent_id,
                        one.attempt,
                        one.bundle,
                        {path: b64encode(text).decode() for path, text in one.files.items()},
                        one.receipt,
                        one.snapshot,
                    )
                    for one in leased
                )
            )
        )

    def start(call: Call) -> Any:
        window = call.read(HeldBody).window(call.path["execution_id"])
        started = workforce.start(call.operator, call.path["worker_id"], window)
        return document(StartedView(dict(started.env), started.token))

    def goes_on(call: Call) -> Any:
        body, worker = call.read(HeartbeatBody), call.path["worker_id"]
        window = body.window(call.path["execution_id"])
        used = body.cpu_ms, body.memory_bytes
        return {"goes_on": workforce.goes_on(call.operator, worker, window, *used)}

    def report(call: Call) -> Any:
        body = call.read(ReportBody)
        window = body.window(call.path["execution_id"])
        worker = call.path["worker_id"]
        workforce.report(call.operator, worker, window, body.outcome(), body.document())
        return {}

    def lose(call: Call) -> Any:
        body = call.read(LoseBody)
        window = body.window(call.path["execution_id"])
        worker = call.path["worker_id"]
        workforce.lose(call.operator, worker, window, body.detail, body.document())
        return {}

    def operation(path: str, summary: str, run: Any, body: Any = None, answers: Any = None) -> Any:
        more = {"body": body} if body is not None else {}
        return Operation(
            access=Access.OPERATORS,
            method="POST",
            path=path,
            summary=summary,
            run=run,
            answers=answers,
            **more,
        )

    return [
        operation(_WORKER, "A worker is there, and has room", sign_on, SignOnBody, SignedOnView),
        operation(
            f"{_WORKER}/actions/leave",
            "A worker leaves",
            lambda call: workforce.sign_off(call.operator, call.path["worker_id"]),
        ),
        operation(
            f"{_WORKER}/folders",
            "Which folders on its host nobody will ask for again",
            needless,
            FoldersBody,
            NeedlessView,
        ),
        operation(
            f"{_WORKER}/leases",
            "Take queued windows, each for a new attempt",
            lease,
            LeaseBody,
            LeasesView,
        ),
        operation(
            f"{_WINDOW}/start", "An attempt begins: its env and token", start, HeldBody, StartedView
        ),
        operation(
            f"{_WINDOW}/heartbeat",
            "Keep an attempt, and ask whether it goes on",
            goes_on,
            HeartbeatBody,
            GoesOnView,
        ),
        operation(f"{_WINDOW}/report", "How an agent's window ended", report, ReportBody),
        operation(f"{_WINDOW}/lose", "A fault of ours ended an attempt", lose, LoseBody),
    ]
