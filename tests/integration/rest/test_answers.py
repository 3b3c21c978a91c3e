"""What the door answers when it does not refuse, and that it always answers in the envelope."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.integration.rest.conftest import Town
from tests.integration.rest.world import ADMIN, SMALL, World

from syntropism.adapters.rest.rate_limit import RateLimit
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain import errors
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import AgentId


def data(answer: Any) -> Any:
    document = answer.json()
    assert answer.status_code == 200, document
    assert set(document) == {"data", "meta"}
    assert set(document["meta"]) == {"timestamp", "version", "request_id"}
    assert document["meta"]["version"] == "1.2.3"
    return document["data"]


def test_what_an_agent_does_in_its_window(town: Town) -> None:
    ask, token = town.world.ask, town.token
    assert data(ask(token, "GET", "/economic/balance")) == {
        "account_id": town.ada,
        "balance": 960,
        "held": 0,
    }
    paid = data(ask(token, "POST", "/economic/transfer", {"to": town.bob, "amount": 1.5}))
    assert (paid["to"], paid["amount"], paid["balance"]) == (town.bob, 1.5, 958.5)
    assert data(ask(token, "GET", "/economic/history"))["items"][0]["id"] == paid["transfer_id"]
    assert set(data(ask(token, "GET", "/market/prices"))["prices"]) == {
        "cpu_cores",
        "memory_mb",
        "tokens_per_second",
        "attention_slots",
    }
    assert data(ask(token, "GET", "/market/state"))["open_bids"] == 1
    assert data(ask(token, "GET", "/market/state/memory_mb"))["capacity"] == 4096
    assert data(ask(token, "POST", "/market/quote", {"bundle": SMALL}))["reserve"] == 18.2
    assert (
        data(ask(token, "POST", "/social/message", {"to": town.bob, "content": "hi"}))["fee"] == 1
    )
    assert data(ask(town.bobs_token, "GET", "/social/inbox?unread=true"))["items"][0]["from"] == (
        town.ada
    )
    assert data(ask(town.bobs_token, "GET", "/social/inbox?unread=true"))["items"] == []
    assert {one["name"] for one in data(ask(token, "GET", "/social/directory"))["items"]} == {
        "ada",
        "bob",
        "dan",
    }
    assert data(ask(token, "GET", "/execution"))["seconds_left"] == 10.0
    assert data(ask(token, "POST", "/execution/reasoning", {"text": "why not"}))["recorded"] is True
    assert data(ask(token, "GET", "/market/history"))["items"][0]["wins"] == 2


def test_bidding_replacing_withdrawing_and_sponsoring(town: Town) -> None:
    ask, token = town.world.ask, town.token
    fallback = {"bundle": {**SMALL, "attention_share": 0}, "amount": 20}
    body = {"bundle": {**SMALL, "attention_share": 1}, "amount": 60, "fallback": fallback}
    bid = data(ask(token, "POST", "/market/bid", body))
    assert (bid["status"], bid["payer_id"], bid["fallback"]["reserve"]) == ("open", town.ada, 18.2)
    again = data(ask(token, "PUT", f"/market/bid/{bid['id']}", {"bundle": SMALL, "amount": 25}))
    assert data(ask(token, "DELETE", f"/market/bid/{again['id']}"))["status"] == "withdrawn"
    sponsored = data(
        ask(
            token,
            "POST",
            "/market/bid",
            {"bundle": SMALL, "amount": 25, "beneficiary_id": town.bob},
        )
    )
    assert (sponsored["agent_id"], sponsored["payer_id"]) == (town.bob, town.ada)
    statuses = [one["status"] for one in data(ask(token, "GET", "/market/bids"))["items"]]
    assert statuses == ["open", "withdrawn", "replaced", "won"]


def test_spawning_with_text_and_bytes(town: Town) -> None:
    files = {"main.py": "print('ü')", "art/a.bin": {"base64": "AP8="}}
    body = {"name": "kid", "endowment": 100.5, "files": files, "strategy": "heir"}
    born = data(town.world.ask(town.token, "POST", "/social/spawn", body))
    assert (born["fee"], born["endowment"]) == (100, 100.5)
    with town.world.store(read_only=True) as uow:
        stored = uow.workspace_files.get(born["agent_id"])
    assert stored == {"main.py": "print('ü')".encode(), "art/a.bin": b"\x00\xff"}


def test_prompts_from_showing_to_reward(town: Town) -> None:
    ask = town.world.ask
    shown = data(ask(town.bobs_token, "POST", "/human/prompt", {"content": "look", "amount": 2.5}))
    assert data(ask(town.admin, "GET", "/human/prompts?queued=true"))["items"] == [shown]
    scores = {"interesting": 1, "useful": 2, "understandable": 3}
    path = f"/human/prompts/{shown['id']}/score"
    assert data(ask(town.admin, "POST", path, scores))["reward"] == 300
    seen = data(ask(town.bobs_token, "GET", f"/human/prompt/{shown['id']}"))
    assert (seen["status"], seen["scores"], seen["reward"]) == ("scored", scores, 300)
    assert data(ask(town.admin, "GET", "/human/prompts?queued=true"))["items"] == []
    assert len(data(ask(town.admin, "GET", "/human/prompts"))["items"]) == 1


def test_what_an_operator_sees_and_does(town: Town) -> None:
    ask, admin = town.world.ask, town.admin
    assert data(ask(admin, "GET", "/status"))["alive"] == 3
    assert [one["name"] for one in data(ask(admin, "GET", "/agents?status=dead"))["items"]] == [
        "cyd"
    ]
    assert data(ask(admin, "GET", "/agents/ada"))["id"] == town.ada
    assert data(ask(admin, "GET", f"/economic/balance/{town.bob}"))["balance"] == 960
    assert data(ask(admin, "GET", "/economic/balance/treasury"))["balance"] == 10_000
    windows = data(ask(admin, "GET", f"/agents/{town.ada}/executions"))["items"]
    assert [one["status"] for one in windows] == ["running"]
    town.world.end(town.ada, ExecutionStatus.FAILED)
    path = f"/executions/{windows[0]['id']}"
    assert data(ask(admin, "GET", path))["status"] == "failed"
    assert data(ask(admin, "GET", f"{path}/logs"))["log"] == "hello"
    assert len(data(ask(admin, "GET", "/executions?agent=ada&status=failed"))["items"]) == 1
    letter = data(ask(admin, "GET", "/dead-letters?status=open"))["items"][0]
    path = f"/dead-letters/{letter['id']}/actions"
    assert data(ask(admin, "POST", f"{path}/retry"))["status"] == "retried"
    assert ask(admin, "POST", f"{path}/discard").status_code == 409
    assert data(ask(admin, "GET", "/cycles"))["items"][0]["cycle"] == 1
    assert data(ask(admin, "GET", "/transactions?account=treasury&limit=1"))["items"]
    assert data(ask(admin, "GET", "/config")) == {"market": {"preset": "truthful"}}
    assert "book" in data(ask(admin, "GET", "/market/state"))
    sponsored = data(ask(admin, "POST", f"/agents/{town.bob}/actions/sponsor"))
    assert (sponsored["payer_id"], sponsored["amount"]) == ("treasury", 25)
    created = {"name": "eve", "endowment": 50, "files": {"main.py": ""}}
    assert data(ask(admin, "POST", "/agents", created))["balance"] == 25
    assert data(ask(admin, "POST", "/agents/eve/actions/kill"))["status"] == "dead"


def test_operators_are_made_by_admins_and_do_what_their_role_may(town: Town) -> None:
    ask = town.world.ask
    issued = {
        role: data(ask(town.admin, "POST", "/auth/token", {"name": role, "role": role}))["token"]
        for role in ("viewer", "scorer")
    }
    shown = data(ask(town.bobs_token, "POST", "/human/prompt", {"content": "look"}))
    scores = {"interesting": 1, "useful": 2, "understandable": 3}
    path = f"/human/prompts/{shown['id']}/score"
    assert ask(issued["viewer"], "GET", "/status").status_code == 200
    assert ask(issued["viewer"], "GET", "/config").status_code == 200
    assert ask(issued["viewer"], "POST", path, scores).status_code == 403
    assert ask(issued["scorer"], "POST", path, scores).status_code == 200
    for token in issued.values():
        assert ask(token, "POST", "/agents/bob/actions/kill").status_code == 403
        body = {"name": "me", "role": "admin"}
        assert ask(token, "POST", "/auth/token", body).status_code == 403


def test_lists_come_in_pages(town: Town) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = data(town.world.ask(town.admin, "GET", f"/transactions?limit=2{cursor}"))
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        assert len(page["items"]) == 2
        cursor = f"&cursor={page['next_cursor']}"
    whole = data(town.world.ask(town.admin, "GET", "/transactions?limit=200"))["items"]
    assert seen == [one["id"] for one in whole]
    assert len(seen) > 6


def enveloped(answer: Any, status: int, code: str) -> Mapping[str, Any]:
    document = answer.json()
    assert answer.status_code == status, document
    assert answer.headers["Content-Type"] == "application/json"
    assert set(document) == {"error", "meta"}
    assert document["error"]["code"] == code
    assert document["meta"]["request_id"]
    return document["error"]


def test_paths_and_methods_that_do_not_exist(world: World) -> None:
    for path in ("/", "/api/v1", "/api/v1/", "/api/v2/agents", "/docs", "/agents", "/healthz/"):
        enveloped(world.request("GET", path), 404, "NOT_FOUND")
    for method, path in (("DELETE", "/api/v1/agents"), ("POST", "/healthz")):
        answer = world.request(method, path)
        enveloped(answer, 405, "METHOD_NOT_ALLOWED")
        assert answer.headers["Allow"]


def test_an_error_of_ours_tells_nothing_of_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: bool) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(type(world.store), "__call__", lambda *_, **__: fail())
    answer = world.ask(ADMIN, "GET", "/status")
    enveloped(answer, 500, "INTERNAL")
    assert "secret of the house" not in answer.text
    assert "Traceback" not in answer.text


def test_a_store_that_fails_asks_for_patience(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageFailed("the disk is full")

    assert world.request("GET", "/readyz").status_code == 200
    monkeypatch.setattr(type(world.store), "__call__", fail)
    for answer in (world.ask(ADMIN, "GET", "/status"), world.request("GET", "/readyz")):
        assert enveloped(answer, 503, "STORAGE_FAILED")["message"] == "the disk is full"
        assert int(answer.headers["Retry-After"]) > 0
    assert world.request("GET", "/healthz").status_code == 200


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.Malformed("no"), 400),
        (errors.Unauthenticated("no"), 401),
        (errors.InsufficientCredits("no"), 402),
        (errors.Forbidden("no"), 403),
        (errors.NoAttention("no"), 403),
        (errors.NotFound("no"), 404),
        (errors.Conflict("no"), 409),
        (errors.IdempotencyConflict("no"), 409),
        (errors.TooLarge("no"), 413),
        (errors.Invalid("no", field="x"), 422),
        (errors.RateLimited("no", retry_after_seconds=3), 429),
    ],
)
def test_every_refusal_has_its_status(
    world: World, monkeypatch: pytest.MonkeyPatch, refusal: errors.DomainError, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise refusal

    monkeypatch.setattr(type(world.store), "__call__", fail)
    answer = world.ask(ADMIN, "GET", "/status")
    assert enveloped(answer, status, refusal.code)["details"] == dict(refusal.details)
    assert ("Retry-After" in answer.headers) == (status == 429)


def test_an_agent_that_asks_too_often_waits_and_others_do_not() -> None:
    world = World(RateLimit(burst=5, per_second=1))
    ada, bob = world.create("ada"), world.create("bob")
    world.round()
    token, other = world.token(ada), world.token(bob)
    for _ in range(5):
        assert world.ask(token, "GET", "/economic/balance").status_code == 200
    answer = world.ask(token, "GET", "/economic/balance")
    enveloped(answer, 429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "1"
    assert world.ask(other, "GET", "/economic/balance").status_code == 200
    for _ in range(10):
        assert world.ask(ADMIN, "GET", "/status").status_code == 200
    world.clock.sleep(1)
    assert world.ask(token, "GET", "/economic/balance").status_code == 200
    assert world.ask(token, "GET", "/economic/balance").status_code == 429


def test_a_new_token_of_the_same_window_is_no_new_bucket() -> None:
    world = World(RateLimit(burst=2, per_second=1))
    ada = world.create("ada")
    world.round()
    for _ in range(2):
        assert world.ask(world.token(ada), "GET", "/economic/balance").status_code == 200
    scoped = world.token(ada, ("economic",))
    assert world.ask(scoped, "GET", "/economic/balance").status_code == 429


def test_the_description_names_every_operation(world: World) -> None:
    document = world.request("GET", "/api/v1/openapi.json").json()
    paths = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert {
        "/economic/transfer",
        "/market/bid/{bid_id}",
        "/agents/{agent_id}/actions/kill",
    } <= paths
    transfer = document["paths"]["/api/v1/economic/transfer"]["post"]
    assert "TransferBody" in str(transfer["requestBody"])
    body = document["components"]["schemas"]["TransferBody"]
    assert body["required"] == ["to", "amount"]
    assert body["additionalProperties"] is False


def test_the_files_of_an_agent_as_operators_see_them(town: Town) -> None:
    world = town.world
    world.workspaces.checkout(AgentId(town.ada), {"main.py": b"x = 1\n"})
    told = {"path": "main.py", "size": 6, "kind": "file"}
    found = data(world.ask(ADMIN, "GET", "/agents/ada/files"))
    assert found == {"agent_id": town.ada, "archived": False, "complete": True, "files": [told]}
    world.workspaces.archive(AgentId(town.ada))
    found = data(world.ask(ADMIN, "GET", f"/agents/{town.ada}/files"))
    assert (found["archived"], found["files"]) == (True, [told])
    assert world.ask(ADMIN, "GET", "/agents/nobody/files").status_code == 404
    assert world.ask(town.token, "GET", "/agents/ada/files").status_code in (401, 403)
