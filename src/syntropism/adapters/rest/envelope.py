"""Answers: ``{"data", "meta"}`` and ``{"error", "meta"}``, and nothing else ever."""

import itertools
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from syntropism.adapters.rest.refusals import STORAGE_RETRY_SECONDS, status_of
from syntropism.application.documents import timestamp
from syntropism.domain.errors import DomainError

_encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_JSON: Final = "application/json"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Envelope:
    """Makes answers; every one carries the time, the version and an id of its own."""

    def __init__(self, now: Callable[[], datetime], version: str) -> None:
        self._now = now
        self._version = version
        self._series = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def _meta(self) -> dict[str, str]:
        return {
            "timestamp": timestamp(self._now()),
            "version": self._version,
            "request_id": f"{self._series}-{next(self._numbers)}",
        }

    def success(self, data: Any) -> Response:
        """An answer of 200."""
        text = _encode({"data": data, "meta": self._meta()})
        return Response(text.encode("ascii"), 200, _HEADERS, _JSON)

    def error(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """An error answer."""
        body = {
            "error": {"code": code, "message": message, "details": dict(details or {})},
            "meta": self._meta(),
        }
        return Response(
            _encode(body).encode("ascii"), status, {**_HEADERS, **(headers or {})}, _JSON
        )

    def refusal(self, refusal: DomainError) -> Response:
        """What the rules refuse, with ``Retry-After`` where waiting helps."""
        headers: dict[str, str] = {}
        wait = getattr(refusal, "retry_after_seconds", None)
        if wait is not None:
            headers["Retry-After"] = str(wait)
        status = status_of(refusal)
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return self.error(status, refusal.code, refusal.message, refusal.details, headers)

    def unavailable(self, message: str) -> Response:
        """The store has failed."""
        headers = {"Retry-After": str(STORAGE_RETRY_SECONDS)}
        return self.error(503, "STORAGE_FAILED", message, headers=headers)
