"""Refused with the right status, naming the field, and nothing changed (issue 2, 'Must show' 5)."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.rest.conftest import Town
from tests.integration.rest.world import SMALL

from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.ports.tokens import AgentIdentity

MAIN = {"main.py": "pass"}


def refused(
    town: Town,
    status: int,
    method: str,
    path: str,
    body: Any = None,
    *,
    field: str | None = None,
    token: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    before = town.world.snapshot()
    answer = town.world.ask(token or town.token, method, path, body, **more)
    document = answer.json()
    assert answer.status_code == status, document
    assert set(document) == {"error", "meta"}
    assert set(document["error"]) == {"code", "message", "details"}
    if field is not None:
        assert document["error"]["details"].get("field") == field
    assert town.world.snapshot() == before
    return document["error"]


def transfer_body(to: str, amount: str) -> bytes:
    return b'{"to":"%s","amount":%s}' % (to.encode(), amount.encode())


@pytest.mark.parametrize(
    "amount",
    ["-1", "0", "-0.0", "NaN", "Infinity", "-Infinity", "1e400", "1e99999999999999999999", "1e-400",
     "0.1234567", "9007199254.740993", "9" * 5000, '"1"', "true", "null", "[]", "{}"],
)  # fmt: skip
def test_an_amount_that_is_no_positive_exact_number_of_credits(town: Town, amount: str) -> None:
    raw = transfer_body(town.bob, amount)
    refused(town, 422, "POST", "/economic/transfer", raw=raw, field="amount", key="k")


def test_amounts_are_exact(town: Town) -> None:
    for _ in range(3):
        raw = transfer_body(town.bob, "0.1")
        answer = town.world.ask(town.token, "POST", "/economic/transfer", raw=raw)
    assert answer.json()["data"]["balance"] == 1_000 - 40 - 0.3


def test_overspending(town: Town) -> None:
    error = refused(town, 402, "POST", "/economic/transfer", {"to": town.bob, "amount": 5_000})
    assert error["code"] == "INSUFFICIENT_CREDITS"
    refused(town, 402, "POST", "/market/bid", {"bundle": SMALL, "amount": 5_000})
    spawn = {"name": "kid", "endowment": 5_000, "files": MAIN}
    refused(town, 402, "POST", "/social/spawn", spawn)
    prompt = {"content": "look", "amount": 5_000}
    refused(town, 402, "POST", "/human/prompt", prompt, token=town.bobs_token)


def test_transfer_to_oneself_to_the_dead_and_to_nobody(town: Town) -> None:
    path = "/economic/transfer"
    refused(town, 422, "POST", path, {"to": town.ada, "amount": 1})
    refused(town, 409, "POST", path, {"to": town.cyd, "amount": 1}, field="to")
    refused(town, 404, "POST", path, {"to": "nobody", "amount": 1}, field="to")
    for account in ("burn", "treasury", "mint:human", "mint:genesis"):
        refused(town, 404, "POST", path, {"to": account, "amount": 1}, field="to")


@pytest.mark.parametrize("field", ["from", "sender", "payer", "payer_id", "debit", "agent_id"])
def test_another_agent_as_payer_or_sender(town: Town, field: str) -> None:
    forged = {field: town.bob}
    transfer = {"to": town.dan, "amount": 1, **forged}
    refused(town, 422, "POST", "/economic/transfer", transfer, field=field)
    refused(town, 422, "POST", "/market/bid", {"bundle": SMALL, "amount": 30, **forged})
    message = {"to": town.dan, "content": "hello", **forged}
    refused(town, 422, "POST", "/social/message", message, field=field)
    refused(town, 422, "POST", "/human/prompt", {"content": "x", **forged}, field=field)


def test_the_balance_and_the_prompt_of_another_agent(town: Town) -> None:
    refused(town, 403, "GET", f"/economic/balance/{town.bob}")
    prompt = town.world.ask(town.bobs_token, "POST", "/human/prompt", {"content": "look"}).json()
    refused(town, 403, "GET", f"/human/prompt/{prompt['data']['id']}")


def test_bids_of_another_agent(town: Town) -> None:
    placed = town.world.ask(
        town.bobs_token, "POST", "/market/bid", {"bundle": SMALL, "amount": 30}
    ).json()
    path = f"/market/bid/{placed['data']['id']}"
    refused(town, 403, "DELETE", path)
    refused(town, 403, "PUT", path, {"bundle": SMALL, "amount": 30})


def test_tokens_that_prove_nothing(town: Town) -> None:
    genuine = town.token
    identity = town.world.identity(town.ada)
    expires = town.world.clock.now() + timedelta(seconds=15)
    header, payload, signature = genuine.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    richer = base64.urlsafe_b64encode(json.dumps({**claims, "sub": town.bob}).encode())
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    earlier = AgentIdentity(identity.agent_id, identity.execution_id, identity.attempt - 1)
    later = AgentIdentity(identity.agent_id, identity.execution_id, identity.attempt + 1)
    foreign = AgentIdentity(
        identity.agent_id, town.world.identity(town.bob).execution_id, identity.attempt
    )
    bad = {
        "of another key": EdDsaTokens(new_key()).issue(identity, expires),
        "with another subject": f"{header}.{richer.decode().rstrip('=')}.{signature}",
        "unsigned": f"{unsigned}.{payload}.",
        "expired": town.world.tokens.issue(identity, expires - timedelta(seconds=60)),
        "of an earlier attempt": town.world.tokens.issue(earlier, expires),
        "of a later attempt": town.world.tokens.issue(later, expires),
        "of another's execution": town.world.tokens.issue(foreign, expires),
        "three dots": "a.b.c",
        "an operator's that nobody has": "no-such-secret",
        "overlong": "x" * 10_000,
        "not ASCII": "ключ".encode().decode("latin-1"),
    }
    for what, token in bad.items():
        error = refused(
            town, 401, "POST", "/economic/transfer", {"to": town.bob, "amount": 1}, token=token
        )
        assert error["code"] == "UNAUTHENTICATED", what


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "abc"])
def test_no_token_at_all(town: Town, header: str) -> None:
    answer = town.world.ask(None, "GET", "/economic/balance", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_after_its_window_ended_even_when_it_was_just_believed(town: Town) -> None:
    assert town.world.ask(town.token, "GET", "/execution").status_code == 200
    town.world.end(town.ada)
    refused(town, 401, "GET", "/execution")
    refused(town, 401, "POST", "/economic/transfer", {"to": town.bob, "amount": 1})


def test_a_token_after_the_deadline_and_its_grace(town: Town) -> None:
    assert town.world.ask(town.token, "GET", "/execution").status_code == 200
    town.world.clock.sleep(17)
    refused(town, 401, "GET", "/execution")


def test_agents_on_the_operator_side_and_operators_on_the_agent_side(town: Town) -> None:
    for method, path in (
        ("GET", "/agents"),
        ("POST", f"/agents/{town.bob}/actions/kill"),
        ("POST", "/auth/token"),
        ("GET", "/config"),
        ("GET", "/transactions"),
        ("POST", "/human/prompts/x/score"),
    ):
        assert refused(town, 403, method, path)["code"] == "FORBIDDEN"
    transfer = {"to": town.bob, "amount": 1}
    refused(town, 403, "POST", "/economic/transfer", transfer, token=town.admin)
    refused(town, 403, "GET", "/economic/balance", token=town.admin)


def test_scopes_that_a_token_does_not_hold(town: Town) -> None:
    token = town.world.token(town.ada, scopes=("market",))
    assert town.world.ask(token, "GET", "/market/prices").status_code == 200
    refused(town, 403, "POST", "/economic/transfer", {"to": town.bob, "amount": 1}, token=token)


def test_a_prompt_without_attention(town: Town) -> None:
    error = refused(town, 403, "POST", "/human/prompt", {"content": "look at me"})
    assert error["code"] == "NO_ATTENTION"


def test_a_second_prompt_in_one_slot(town: Town) -> None:
    token = town.bobs_token
    assert (
        town.world.ask(token, "POST", "/human/prompt", {"content": "one"}, key="1").status_code
        == 200
    )
    refused(town, 403, "POST", "/human/prompt", {"content": "two"}, token=token, key="2")


def test_a_second_reward(town: Town) -> None:
    prompt = town.world.ask(town.bobs_token, "POST", "/human/prompt", {"content": "look"}).json()
    path = f"/human/prompts/{prompt['data']['id']}/score"
    scores = {"interesting": 8, "useful": 9, "understandable": 7}
    first = town.world.ask(town.admin, "POST", path, scores)
    assert first.json()["data"]["reward"] == 1_200
    refused(town, 409, "POST", path, scores, token=town.admin)
    refused(town, 409, "POST", path.replace("score", "skip"), token=town.admin)


@pytest.mark.parametrize("score", ["-1", "11", "8.5", "8.0", "true", '"8"', "null", "NaN"])
def test_scores_outside_zero_to_ten(town: Town, score: str) -> None:
    prompt = town.world.ask(town.bobs_token, "POST", "/human/prompt", {"content": "look"}).json()
    raw = b'{"interesting":1,"useful":%s,"understandable":1}' % score.encode()
    path = f"/human/prompts/{prompt['data']['id']}/score"
    refused(town, 422, "POST", path, raw=raw, field="useful", token=town.admin)


@pytest.mark.parametrize(
    "name",
    ["../main.py", "a/../../b", "/etc/passwd", "a\x00b", "", "a//b", ".", "a\\b", "x" * 300, "\n",
     "a/b/c/d/e/f/g/h/i/j", "env.json", "\ud800"],
)  # fmt: skip
def test_a_spawn_payload_with_a_hostile_name(town: Town, name: str) -> None:
    body = {"name": "kid", "endowment": 100, "files": {**MAIN, name: "x"}}
    refused(town, 422, "POST", "/social/spawn", raw=json.dumps(body).encode())


@pytest.mark.parametrize(
    "content",
    [{"symlink": "/etc/passwd"}, {"base64": "!!"}, {"base64": "eA"}, {"base64": 1}, {}, None, 1,
     ["x"], {"base64": "eHg=", "mode": 511}, "\ud800"],
)  # fmt: skip
def test_a_spawn_payload_with_hostile_content(town: Town, content: Any) -> None:
    body = {"name": "kid", "endowment": 100, "files": {"main.py": content}}
    raw = json.dumps(body).encode()
    refused(town, 422, "POST", "/social/spawn", raw=raw, field="files.main.py")


def test_a_spawn_payload_that_is_too_large(town: Town) -> None:
    ten = "x" * 10_000_000
    for files in ({ten: "x"}, {"main.py": ten}, {"main.py": {"base64": ten}}):
        body = {"name": "kid", "endowment": 100, "files": files}
        assert refused(town, 413, "POST", "/social/spawn", body)["code"] == "TOO_LARGE"
    for files in (
        {"main.py": "x" * 300_000},
        {**MAIN, **{f"f{n}": "x" * 200_000 for n in range(6)}},
    ):
        refused(
            town, 413, "POST", "/social/spawn", {"name": "kid", "endowment": 100, "files": files}
        )
    many = {**MAIN, **{f"f{n}": "" for n in range(100)}}
    refused(town, 422, "POST", "/social/spawn", {"name": "kid", "endowment": 100, "files": many})
    refused(town, 422, "POST", "/social/spawn", {"name": "kid", "endowment": 100, "files": {}})


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/economic/transfer", {"to": "x", "amount": 1, "note": ""}, "note"),
        ("/market/bid", {"bundle": {**SMALL, "gpus": 1}, "amount": 30}, "bundle.gpus"),
        ("/market/bid", {"bundle": SMALL, "amount": 30, "fallback": {"bundle": SMALL, "amount": 20,
         "fallback": None}}, "fallback.fallback"),
        ("/market/bid", {"bundle": SMALL}, "amount"),
        ("/market/bid", {"bundle": {"cpu_seconds": 1}, "amount": 30}, "bundle.memory_mb"),
        ("/market/bid", {"bundle": {**SMALL, "cpu_seconds": 0}, "amount": 30},
         "bundle.cpu_seconds"),
        ("/market/bid", {"bundle": {**SMALL, "cpu_seconds": -1}, "amount": 30},
         "bundle.cpu_seconds"),
        ("/market/bid", {"bundle": {**SMALL, "cpu_seconds": "1"}, "amount": 30},
         "bundle.cpu_seconds"),
        ("/market/bid", {"bundle": {**SMALL, "attention_share": 0.5}, "amount": 30},
         "bundle.attention_share"),
        ("/market/bid", {"bundle": {**SMALL, "tokens": 10**12}, "amount": 30}, "bundle.tokens"),
        ("/market/bid", {"bundle": {**SMALL, "cpu_seconds": 0.01}, "amount": 30},
         "bundle.cpu_seconds"),
        ("/market/bid", {"bundle": SMALL, "amount": 18.199999}, "amount"),
        ("/market/bid", {"bundle": SMALL, "amount": 30, "beneficiary_id": 7}, "beneficiary_id"),
        ("/market/quote", {"bundle": None}, "bundle"),
        ("/social/message", {"to": "x", "content": 5}, "content"),
        ("/social/message", {"to": "x", "content": "a\x00b"}, "content"),
        ("/social/message", {"to": "\u202e", "content": "x"}, "to"),
        ("/social/message", {"to": "x", "content": "x" * 4_001}, "content"),
        ("/social/message", {"to": "x", "content": " \n "}, "content"),
        ("/execution/reasoning", {"text": "x" * 8_001}, "text"),
        ("/execution/reasoning", {}, "text"),
        ("/execution/reasoning", ["text"], "body"),
        ("/human/prompt", {"content": "x" * 8_001}, "content"),
        ("/social/spawn", {"name": "<script>", "endowment": 100, "files": MAIN}, "name"),
        ("/social/spawn", {"name": "kid", "endowment": 100, "files": MAIN, "strategy": "A B"},
         "strategy"),
        ("/social/spawn", {"name": "kid", "endowment": 24.999999, "files": MAIN}, "endowment"),
        ("/social/spawn", {"name": "kid", "endowment": 100, "files": MAIN, "parent_id": "x"},
         "parent_id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(town: Town, path: str, body: Any, field: str) -> None:
    refused(town, 422, "POST", path, body, field=field)


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"', '"\\udfff\\ud800"'])
def test_text_that_cannot_be_stored(town: Town, text: str) -> None:
    raw = f'{{"to":"{town.bob}","amount":1,"memo":{text}}}'.encode()
    refused(town, 422, "POST", "/economic/transfer", raw=raw, field="memo")
    raw = f'{{"to":"{town.bob}","content":{text}}}'.encode()
    refused(town, 422, "POST", "/social/message", raw=raw, field="content")
    refused(town, 422, "POST", "/execution/reasoning", raw=f'{{"text":{text}}}'.encode())
    refused(town, 422, "POST", "/execution/reasoning", raw=f"{{{text}:1}}".encode())


@pytest.mark.parametrize(
    "raw",
    [b"{", b"nonsense", b"{'to': 1}", b"\xff\xfe", b"[" * 100_000, b'{"to":' * 100_000,
     b'{"amount":1,"amount":2}', b"{}{}", b'{"a":1,}', b'{"memo":"\n"}', b"\xef\xbb\xbf{}"],
)  # fmt: skip
def test_malformed_bodies(town: Town, raw: bytes) -> None:
    error = refused(town, 400, "POST", "/economic/transfer", raw=raw)
    assert error["code"] == "MALFORMED"


def test_the_same_key_with_another_body(town: Town) -> None:
    body = {"to": town.bob, "amount": 1}
    first = town.world.ask(town.token, "POST", "/economic/transfer", body, key="once")
    after = town.world.snapshot()
    again = town.world.ask(town.token, "POST", "/economic/transfer", body, key="once")
    assert again.json()["data"] == first.json()["data"]
    assert town.world.snapshot() == after
    body["amount"] = 2
    error = refused(town, 409, "POST", "/economic/transfer", body, key="once")
    assert error["code"] == "IDEMPOTENCY_CONFLICT"


def test_the_answer_to_a_refused_request_is_stable(town: Town) -> None:
    body = {"to": town.bob, "amount": 2_000}
    refused(town, 402, "POST", "/economic/transfer", body, key="much")
    richer = {"to": town.ada, "amount": 900}
    assert town.world.ask(town.bobs_token, "POST", "/economic/transfer", richer).is_success
    town.world.ask(town.bobs_token, "POST", "/economic/transfer", {"to": town.ada, "amount": 70})
    refused(town, 402, "POST", "/economic/transfer", body, key="much")


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_bad_idempotency_keys(town: Town, key: str) -> None:
    body = {"to": town.bob, "amount": 1}
    refused(town, 422, "POST", "/economic/transfer", body, key=key, field="Idempotency-Key")


def test_a_withdrawn_bid(town: Town) -> None:
    body = {"bundle": SMALL, "amount": 30}
    bid = town.world.ask(town.token, "POST", "/market/bid", body).json()["data"]["id"]
    assert town.world.ask(town.token, "DELETE", f"/market/bid/{bid}").is_success
    refused(town, 409, "DELETE", f"/market/bid/{bid}")
    refused(town, 409, "PUT", f"/market/bid/{bid}", body)


def test_a_bid_that_is_being_cleared_can_be_tried_again_later(town: Town) -> None:
    path = "/market/bid"
    bid = town.world.ask(
        town.token, "POST", path, {"bundle": SMALL, "amount": 30, "beneficiary_id": town.bob}
    ).json()["data"]["id"]
    town.world.end(town.bob)
    town.world.freeze()
    before = town.world.snapshot()
    answer = town.world.ask(town.token, "DELETE", f"{path}/{bid}", key="k")
    assert answer.status_code == 409
    assert int(answer.headers["Retry-After"]) >= 1
    assert town.world.snapshot() == before


@pytest.mark.parametrize(
    "argument", ["x", "%00", "%FF", "..%2F..", "a" * 3_000, "%F0%9F%92%A9", "'%3B--", "%20", "%0A"]
)
def test_path_arguments_that_name_nothing(town: Town, argument: str) -> None:
    refused(town, 404, "DELETE", f"/market/bid/{argument}")
    refused(town, 404, "GET", f"/human/prompt/{argument}")
    refused(town, 404, "GET", f"/market/state/{argument}")
    for path in ("agents/{}", "executions/{}", "executions/{}/logs", "economic/balance/{}"):
        refused(town, 404, "GET", "/" + path.format(argument), token=town.admin)
    for path in (
        "dead-letters/{}/actions/retry",
        "human/prompts/{}/skip",
        "agents/{}/actions/kill",
    ):
        refused(town, 404, "POST", "/" + path.format(argument), token=town.admin)


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"),
     ("limit=%D9%A3", "limit"), ("limit=1&limit=2", "limit"), ("limit=", "limit"),
     ("limit=99999999999999999999", "limit"), ("cursor=", "cursor"), ("cursor=%00", "cursor"),
     ("cursor=" + "x" * 300, "cursor"), ("cursor=%F0%9F%92%A9", "cursor"), ("page=2", "page"),
     ("=", ""), ("%F0%9F%92%A9=1", "\U0001f4a9")],
)  # fmt: skip
def test_queries_that_make_no_sense(town: Town, query: str, field: str) -> None:
    for path in ("/economic/history", "/market/bids", "/market/history", "/social/directory"):
        refused(town, 422, "GET", f"{path}?{query}", field=field)
    for path in ("/agents", "/executions", "/dead-letters", "/human/prompts", "/transactions"):
        refused(town, 422, "GET", f"{path}?{query}", field=field, token=town.admin)


def test_statuses_that_do_not_exist(town: Town) -> None:
    for path in ("/agents", "/executions", "/dead-letters"):
        refused(town, 422, "GET", f"{path}?status=odd", field="status", token=town.admin)
    refused(town, 422, "GET", "/social/inbox?unread=maybe", field="unread")


def test_a_query_that_is_not_utf_8(town: Town) -> None:
    refused(town, 400, "GET", "/economic/history?cursor=%FF")
