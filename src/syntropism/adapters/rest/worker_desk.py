"""The worker's desk over HTTP."""

import json
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from syntropism.adapters.rest.client import Caller, Unreachable
from syntropism.application.ports.sandbox import WindowOutcome
from syntropism.application.ports.snapshots import Standings
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.application.ports.worker_desk import HeldWindow, LeasedWindow, StartedWindow
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle

A = TypeVar("A")

BEATS_PER_LEASE: Final = 5
"""How often a lease is renewed while it lasts."""

BEAT_SECONDS_MAX: Final = 1.0
"""The longest between two questions whether a window goes on."""

REPORT_SECONDS_MAX: Final = 120.0
"""For how long a report is tried again while nobody answers."""

_PAUSES: Final = (0.1, 0.3, 1.0, 2.0, 5.0)


class HttpDesk:
    """Asks the API. Safe to be used by many threads, each for windows of its own.

    What cannot be delivered is tried again: every request can be repeated. While nobody answers
    a window goes on until its lease, counted here from when it was last asked for, must be over:
    then somebody else may have it.
    """

    def __init__(
        self,
        caller: Caller,
        worker_id: str,
        *,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._caller = caller
        self._path = f"/workers/{worker_id}"
        self._seconds = seconds
        self._sleep = sleep
        self.lease_seconds = 0.0
        """What the economy grants; known once signed on."""
        self._renewed: dict[tuple[str, int], float] = {}
        self._asked: dict[tuple[str, int], float] = {}

    def sign_on(
        self, cpu_cores: float, memory_mb: float, slots: int, *, draining: bool = False
    ) -> Mapping[str, Any]:
        """The worker is there; what the economy answers (its time, and for how long a worker is
        believed).

        Raises:
            StorageAway: nobody answers.
            DomainError: the token is not that of a worker, or the name is not one.
        """
        body = {
            "cpu_cores": cpu_cores,
            "memory_mb": memory_mb,
            "slots": slots,
            "draining": draining,
        }
        answer: Mapping[str, Any] = self._post("", body)
        self.lease_seconds = float(answer["lease_seconds"])
        return answer

    def sign_off(self) -> None:
        """The worker leaves.

        Raises:
            StorageAway: nobody answers.
        """
        self._post("/actions/leave", {})

    def needless(self, standings: Standings) -> list[AgentId]:
        """Those of these agents whose folders this host may sweep.

        Raises:
            StorageAway: nobody answers.
        """
        answer = self._post("/folders", {"standings": dict(standings)})
        return [AgentId(one) for one in answer["needless"]]

    def lease(self, limit: int) -> list[LeasedWindow]:
        """See the port."""
        asked = self._seconds()
        windows = self._post("/leases", {"limit": limit})["windows"]
        leased = [_leased(one) for one in windows]
        for one in leased:
            self._renewed[one.execution_id, one.attempt] = asked
        return leased

    def start(self, window: HeldWindow) -> StartedWindow:
        """See the port."""
        asked = self._seconds()
        answer = self._patiently(
            lambda: self._post(_path(window, "start"), _held(window)), self.lease_seconds / 2
        )
        self._renewed[window.execution_id, window.attempt] = asked
        return StartedWindow(env=answer["env"], token=answer["token"])

    def goes_on(self, window: HeldWindow, cpu_ms: int = 0, memory_bytes: int = 0) -> bool:
        """See the port."""
        key, now = (window.execution_id, window.attempt), self._seconds()
        every = min(BEAT_SECONDS_MAX, self.lease_seconds / BEATS_PER_LEASE)
        if now - self._asked.get(key, 0.0) < every:
            return True
        self._asked[key] = now
        try:
            used = {"cpu_ms": cpu_ms, "memory_bytes": memory_bytes}
            answer = self._post(_path(window, "heartbeat"), {**_held(window), **used})
        except StorageFailed:
            return now - self._renewed.get(key, now) < self.lease_seconds
        self._renewed[key] = now
        return bool(answer["goes_on"])

    def report(self, window: HeldWindow, outcome: WindowOutcome, env: Mapping[str, Any]) -> None:
        """See the port."""
        body = {
            **_held(window),
            "env": json.dumps(env),
            "termination": outcome.termination.value,
            "exit_code": outcome.exit_code,
            "cpu_ms": outcome.cpu_ms,
            "memory_peak_bytes": outcome.memory_peak_bytes,
            "wall_ms": outcome.wall_ms,
            "workspace_bytes": outcome.workspace_bytes,
            "workspace_files": outcome.workspace_files,
            "snapshot": outcome.snapshot,
            "detail": _text(outcome.detail)[:2_000],
            "log": _text(outcome.log),
        }
        self._end(window, "report", body)

    def lose(self, window: HeldWindow, detail: str, env: Mapping[str, Any]) -> None:
        """See the port."""
        body = {**_held(window), "env": json.dumps(env), "detail": _text(detail)[:2_000]}
        self._end(window, "lose", body)

    def _end(self, window: HeldWindow, how: str, body: Mapping[str, Any]) -> None:
        try:
            self._patiently(lambda: self._post(_path(window, how), body), REPORT_SECONDS_MAX)
        finally:
            key = (window.execution_id, window.attempt)
            self._renewed.pop(key, None)
            self._asked.pop(key, None)

    def _patiently(self, ask: Callable[[], A], seconds_max: float) -> A:
        """The answer, however often it must be asked for within ``seconds_max``."""
        began, tries = self._seconds(), 0
        while True:
            try:
                return ask()
            except StorageFailed:
                if self._seconds() - began >= seconds_max:
                    raise
            self._sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            tries += 1

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        try:
            return self._caller.post(self._path + path, body)
        except Unreachable as problem:
            raise StorageAway(str(problem)) from None


def _path(window: HeldWindow, verb: str) -> str:
    return f"/windows/{window.execution_id}/{verb}"


def _held(window: HeldWindow) -> dict[str, Any]:
    return {"attempt": window.attempt, "receipt": window.receipt}


def _leased(one: Mapping[str, Any]) -> LeasedWindow:
    return LeasedWindow(
        execution_id=ExecutionId(one["execution_id"]),
        agent_id=AgentId(one["agent_id"]),
        attempt=one["attempt"],
        bundle=Bundle.from_document(one["bundle"]),
        files={path: b64decode(text) for path, text in one["files"].items()},
        receipt=one["receipt"],
        snapshot=one["snapshot"],
    )


def _text(text: str) -> str:
    """What JSON and the database can both hold."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
