"""The agent's view of itself, and the requests its words become."""

import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from syntropism.agent_sdk import syntropism_sdk as sdk
from syntropism.agent_sdk.syntropism_sdk import (
    Bundle,
    Credits,
    FolderWorkspace,
    Me,
    MemoryWorkspace,
    connect,
)
from syntropism.domain.credits import Credits as DomainCredits
from syntropism.domain.market.resources import Bundle as DomainBundle

ENV = {
    "agent_id": "a1",
    "name": "ada",
    "execution_id": "e1",
    "attempt": 1,
    "cycle": 7,
    "credits": Decimal("99.5"),
    "bundle": {"cpu_seconds": Decimal("0.5"), "memory_mb": 64, "duration_seconds": 10},
    "deadline": "2030-01-01T00:00:10Z",
    "attention_share": 1,
    "lineage": {"parent_id": None, "generation": 0},
    "prices": {"cpu_cores": 10, "memory_mb": 0.01, "tokens_per_second": 0, "attention_slots": 4},
    "minimum_prices": {"cpu_cores": 5, "memory_mb": 0.005, "attention_slots": 2},
    "rules": {"cycle_seconds": 10, "window_fee": 10},
    "last_prompt": None,
    "unread_messages": 2,
}


class Recorder:
    """Answers what it is told, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def call(self, method, path, body=None, idempotency_key=None):
        self.calls.append((method, path, body, idempotency_key))
        return self.answers.pop(0) if self.answers else {}


def agent(*answers, workspace=None):
    recorder = Recorder(*answers)
    return Me(ENV, recorder, workspace or MemoryWorkspace()), recorder


def test_the_window_is_read_from_its_document():
    me, recorder = agent()
    assert (me.id, me.name, me.execution_id, me.cycle) == ("a1", "ada", "e1", 7)
    assert me.credits == Credits("99.5")
    assert me.bundle == Bundle(0.5, 64, 10)
    assert me.attention == 1
    assert me.prices["memory_mb"] == Decimal("0.01")
    assert me.deadline == datetime(2030, 1, 1, 0, 0, 10, tzinfo=UTC)
    assert me.lineage["generation"] == 0
    assert me.last_prompt is None
    assert me.unread_messages == 2
    assert me.reserve(Bundle(0.5, 64, 10, attention_share=1)) == Credits("35.7")
    assert me.reserve(DomainBundle(0.5, 64, 10)) == Credits("15.7")
    assert me.posted_cost(Bundle(0.5, 64, 10)) == Credits("11.4")
    assert recorder.calls == []


def test_the_same_execution_throws_the_same_dice():
    assert agent()[0].random.random() == agent()[0].random.random()
    other = Me({**ENV, "execution_id": "e2"}, Recorder(), MemoryWorkspace())
    assert other.random.random() != agent()[0].random.random()


def test_words_become_the_requests_of_the_contract():
    me, recorder = agent()
    bundle = Bundle(1, 64, 10, attention_share=1)
    me.bid(bundle, Credits("40.5"), fallback=(bundle.without_attention(), 20), beneficiary="b")
    me.replace_bid("x/y", bundle, "1.5")
    me.withdraw_bid("x")
    me.transfer("b", 3, "thanks")
    me.message("b", "hello")
    me.ask("what?", amount=2)
    me.prompt("p 1")
    me.quote(bundle)
    me.market("cpu_cores")
    me.reason("because")
    me.execution()
    document = {
        "cpu_seconds": 1,
        "memory_mb": 64,
        "duration_seconds": 10,
        "tokens": 0,
        "attention_share": 1,
    }
    assert [call[:3] for call in recorder.calls] == [
        (
            "POST",
            "/market/bid",
            {
                "bundle": document,
                "amount": 40.5,
                "fallback": {"bundle": {**document, "attention_share": 0}, "amount": 20},
                "beneficiary_id": "b",
            },
        ),
        ("PUT", "/market/bid/x%2Fy", {"bundle": document, "amount": 1.5}),
        ("DELETE", "/market/bid/x", None),
        ("POST", "/economic/transfer", {"to": "b", "amount": 3, "memo": "thanks"}),
        ("POST", "/social/message", {"to": "b", "content": "hello"}),
        ("POST", "/human/prompt", {"content": "what?", "amount": 2}),
        ("GET", "/human/prompt/p%201", None),
        ("POST", "/market/quote", {"bundle": document}),
        ("GET", "/market/state/cpu_cores", None),
        ("POST", "/execution/reasoning", {"text": "because"}),
        ("GET", "/execution", None),
    ]
    keys = [call[3] for call in recorder.calls]
    effects = [key for key in keys if key is not None]
    assert effects == [f"e1-1-{n}" for n in range(1, 8)]
    assert keys[6] is keys[7] is None


def test_amounts_and_bundles_of_the_library_are_taken_too():
    me, recorder = agent()
    me.bid(DomainBundle(1, 64, 10), DomainCredits.of("2.25"))
    assert recorder.calls[0][2]["amount"] == 2.25
    assert recorder.calls[0][2]["bundle"]["memory_mb"] == 64


def test_a_nonsense_amount_is_refused_before_it_leaves():
    me, recorder = agent()
    for amount in ("NaN", float("inf"), 0.0000001, None):
        with pytest.raises(ValueError, match="not a"):
            me.transfer("b", amount)
    with pytest.raises(ValueError, match="not a bundle"):
        me.bid("big", 3)
    assert recorder.calls == []


def test_balance_is_asked_now():
    me, _ = agent({"account_id": "a1", "balance": Decimal("1.000001"), "held": 0})
    assert me.balance == Credits("1.000001")


def test_lists_are_followed_to_the_limit():
    pages = [
        {"items": [{"n": n} for n in range(200)], "next_cursor": "c/1"},
        {"items": [{"n": n} for n in range(200, 250)], "next_cursor": None},
    ]
    me, recorder = agent(*pages)
    assert [item["n"] for item in me.directory(limit=300)] == list(range(250))
    assert [call[1] for call in recorder.calls] == [
        "/social/directory?limit=200",
        "/social/directory?limit=100&cursor=c%2F1",
    ]
    me, recorder = agent({"items": [], "next_cursor": "again"})
    assert me.inbox(unread=True) == []
    assert recorder.calls[0][1] == "/social/inbox?unread=true&limit=50"


def test_a_child_is_made_of_its_parents_regular_files(tmp_path):
    (tmp_path / "main.py").write_text("print('ü')")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "data.bin").write_bytes(b"\xff\x00")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "main.pyc").write_bytes(b"x")
    (tmp_path / "state.json").write_text("{}")
    (tmp_path / "env.json").write_text("{}")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    me, recorder = agent(workspace=FolderWorkspace(str(tmp_path)))
    me.spawn("eve", 300, strategy="survivor", first_bid=(Bundle(0.5, 64, 10), 20))
    body = recorder.calls[0][2]
    assert body["files"] == {
        "main.py": "print('ü')",
        "lib/data.bin": {"base64": base64.b64encode(b"\xff\x00").decode()},
    }
    assert (body["name"], body["endowment"], body["strategy"]) == ("eve", 300, "survivor")
    assert body["first_bid"]["amount"] == 20


def test_state_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    workspace = FolderWorkspace(str(tmp_path))
    assert workspace.load_state() == {}
    workspace.save_state({"n": 1, "credits": Credits("1.5"), "ü": [True, None]})
    assert workspace.load_state() == {"n": 1, "credits": 1.5, "ü": [True, None]}
    with pytest.raises(TypeError):
        workspace.save_state({"n": object()})
    assert workspace.load_state()["n"] == 1

    def torn(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(sdk.os, "replace", torn)
    with pytest.raises(OSError, match="full"):
        workspace.save_state({"n": 2})
    assert workspace.load_state()["n"] == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff"])
def test_a_broken_state_is_no_state(tmp_path, text):
    (tmp_path / "state.json").write_bytes(text.encode("latin-1"))
    assert FolderWorkspace(str(tmp_path)).load_state() == {}


def test_memory_is_not_shared_through_the_state_it_returns():
    workspace = MemoryWorkspace({"main.py": b""})
    workspace.save_state({"list": [1]})
    workspace.load_state()["list"].append(2)
    assert workspace.load_state() == {"list": [1]}
    assert workspace.files() == {"main.py": b""}


def test_connect_reads_what_the_sandbox_set(tmp_path):
    (tmp_path / "env.json").write_text(json.dumps({**ENV, "credits": 12.345678}, default=str))
    me = connect(
        {
            "ENV_JSON_PATH": str(tmp_path / "env.json"),
            "SYSTEM_SERVICE_URL": "http://127.0.0.1:9/api/v1",
            "WORKSPACE_PATH": str(tmp_path),
        }
    )
    assert me.credits == Credits("12.345678")
    me.save_state({"here": True})
    assert (tmp_path / "state.json").exists()
    far = (datetime.now(UTC) + timedelta(seconds=60)).isoformat()
    (tmp_path / "env.json").write_text(json.dumps({**ENV, "deadline": far}, default=str))
    assert 50 < connect({"ENV_JSON_PATH": str(tmp_path / "env.json")}).seconds_left() <= 60


def test_importing_costs_little_and_pulls_in_no_http_client():
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True;"
        "t = time.process_time(); import syntropism_sdk; t = time.process_time() - t;"
        "heavy = {'http.client', 'urllib.request', 'asyncio', 'ssl', 'email', 'dataclasses'};"
        "print(t, sorted(heavy & set(sys.modules)))"
    )
    folder = str(Path(sdk.__file__).parent)
    runs = [
        subprocess.run(
            [sys.executable, "-I", "-c", code, folder], capture_output=True, text=True, check=True
        ).stdout.split(" ", 1)
        for _ in range(3)
    ]
    assert {heavy.strip() for _, heavy in runs} == {"[]"}
    assert min(float(seconds) for seconds, _ in runs) < 0.06


def test_the_file_imports_nothing_of_ours():
    source = Path(sdk.__file__).read_text(encoding="utf-8")
    assert "import syntropism" not in source.replace("from syntropism_sdk import", "")
    assert "from syntropism " not in source
    assert "from syntropism." not in source
