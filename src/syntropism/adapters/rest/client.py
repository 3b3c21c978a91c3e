"""The operator side from outside: what the command line says to an economy that is running."""

import json
import secrets
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from syntropism.adapters.rest.refusals import error_of

TIMEOUT_SECONDS: Final = 30.0
_BASE: Final = "/api/v1"


class Unreachable(Exception):
    """Nobody answers there, or not as an economy does: one line that says so."""


class Caller:
    """Asks a running economy as the operator whom ``token`` proves.

    Methods answer with the ``data`` of the answer, and raise the domain error that the economy
    refused with (``Forbidden``, ``NotFound``, …), ``StorageFailed``, or :class:`Unreachable`.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        transport: httpx.BaseTransport | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._url = base_url.rstrip("/").removesuffix(_BASE)
        self._http = httpx.Client(
            base_url=self._url + _BASE,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_seconds,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer to a request that changes something, under a key of its own."""
        return self._post(path, body)

    def _get(self, path: str, **query: str | int | None) -> Any:
        return self._ask("GET", path, params={k: v for k, v in query.items() if v is not None})

    def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        key = {"Idempotency-Key": secrets.token_hex(16)}
        return self._ask("POST", path, json=dict(body or {}), headers=key)

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = self._http.request(method, path, **request)
            document = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise Unreachable(f"no economy answers at {self._url}: {problem}") from None
        except ValueError:
            raise Unreachable(f"what answers at {self._url} is not an economy") from None
        if isinstance(document, dict) and answer.is_success and "data" in document:
            return document["data"]
        raise self._refused(answer)

    def _refused(self, answer: httpx.Response) -> Exception:
        try:
            error = answer.json()["error"]
            return _refusal(answer, dict(error))
        except (ValueError, LookupError, TypeError):
            return Unreachable(f"what answers at {self._url} is not an economy")


class OperatorClient(Caller):
    """What an operator can ask of a running economy."""

    # agents

    def agents(self, limit: int = 50, cursor: str | None = None, status: str | None = None) -> Any:
        """Agents, newest first."""
        return self._get("/agents", limit=limit, cursor=cursor, status=status)

    def agent(self, name_or_id: str) -> Any:
        """One agent."""
        return self._get(f"/agents/{_part(name_or_id)}")

    def create_agent(self, request: Mapping[str, Any]) -> Any:
        """An agent: ``name, endowment, files, strategy?, first_bid?``."""
        return self._post("/agents", request)

    def kill_agent(self, name_or_id: str) -> Any:
        """Ends an agent."""
        return self._post(f"/agents/{_part(name_or_id)}/actions/kill")

    def sponsor_agent(self, name_or_id: str, bid: Mapping[str, Any] | None = None) -> Any:
        """A bid (``bundle, amount, fallback?``) for an agent, paid by the treasury; its first
        bid again if none is given."""
        return self._post(f"/agents/{_part(name_or_id)}/actions/sponsor", bid)

    # executions

    def executions(
        self,
        limit: int = 50,
        cursor: str | None = None,
        agent: str | None = None,
        status: str | None = None,
    ) -> Any:
        """Executions, newest first."""
        return self._get("/executions", limit=limit, cursor=cursor, agent=agent, status=status)

    def execution(self, execution_id: str) -> Any:
        """One execution."""
        return self._get(f"/executions/{_part(execution_id)}")

    def execution_log(self, execution_id: str) -> Any:
        """What a window wrote."""
        return self._get(f"/executions/{_part(execution_id)}/logs")

    def dead_letters(
        self, limit: int = 50, cursor: str | None = None, status: str | None = None
    ) -> Any:
        """Executions that ended badly, newest first."""
        return self._get("/dead-letters", limit=limit, cursor=cursor, status=status)

    def retry_dead_letter(self, letter_id: str) -> Any:
        """A new bid on the same terms, paid by the treasury."""
        return self._post(f"/dead-letters/{_part(letter_id)}/actions/retry")

    def discard_dead_letter(self, letter_id: str) -> Any:
        """Puts a dead letter away."""
        return self._post(f"/dead-letters/{_part(letter_id)}/actions/discard")

    # prompts

    def prompts(self, limit: int = 50, cursor: str | None = None) -> Any:
        """Prompts, newest first."""
        return self._get("/human/prompts", limit=limit, cursor=cursor)

    def prompt_queue(self) -> Any:
        """What waits for a human, highest amount first."""
        return self._get("/human/prompts", queued="true")

    def score_prompt(self, prompt_id: str, scores: Mapping[str, int]) -> Any:
        """Scores: ``interesting, useful, understandable``, 0–10."""
        return self._post(f"/human/prompts/{_part(prompt_id)}/score", scores)

    def skip_prompt(self, prompt_id: str) -> Any:
        """A prompt nobody will score."""
        return self._post(f"/human/prompts/{_part(prompt_id)}/skip")

    # the whole

    def status(self) -> Any:
        """The economy at a glance."""
        return self._get("/status")

    def balance(self, account: str) -> Any:
        """What an account holds."""
        return self._get(f"/economic/balance/{_part(account)}")

    def market_state(self) -> Any:
        """The market now."""
        return self._get("/market/state")

    def cycles(self, limit: int = 50, cursor: str | None = None) -> Any:
        """Cycles with their certificates, newest first."""
        return self._get("/cycles", limit=limit, cursor=cursor)

    def transactions(
        self, limit: int = 50, cursor: str | None = None, account: str | None = None
    ) -> Any:
        """Transfers, newest first."""
        return self._get("/transactions", limit=limit, cursor=cursor, account=account)

    def config(self) -> Any:
        """The effective settings, without secrets."""
        return self._get("/config")

    def events(self, after: int | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """What happens, with its number, in order and without end: from the event after
        ``after`` on, or only what is new. A connection that is lost is opened again where it
        ended.

        Raises:
            Unreachable: nobody answers any more.
        """
        while True:
            headers = {} if after is None else {"Last-Event-ID": str(after)}
            try:
                with self._http.stream("GET", "/events", headers=headers) as answer:
                    if not answer.is_success:
                        answer.read()
                        raise self._refused(answer)
                    for number, document in _events(answer.iter_lines()):
                        after = number
                        if document is not None:
                            yield number, document
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout):
                pass
            except httpx.HTTPError as problem:
                raise Unreachable(f"no economy answers at {self._url}: {problem}") from None

    def issue_token(self, name: str, role: str) -> Any:
        """A new operator, with its token."""
        return self._post("/auth/token", {"name": name, "role": role})


def _events(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Numbers with what happened; ``None`` where a number only says how far the reader is."""
    number, document = None, None
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "data":
            document = json.loads(value)
        elif not line and number is not None:
            yield number, document
            number, document = None, None


def _refusal(answer: httpx.Response, error: Mapping[str, Any]) -> Exception:
    details = error.get("details")
    found = dict(details) if isinstance(details, Mapping) else {}
    wait = answer.headers.get("Retry-After", "")
    return error_of(
        answer.status_code,
        str(error.get("code", "")),
        str(error.get("message", "")),
        found,
        int(wait) if wait.isdigit() else None,
    )


def _part(text: str) -> str:
    return quote(text, safe="")
