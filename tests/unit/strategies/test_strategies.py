"""Every strategy, window by window, against a System Service that keeps the rules of money."""

import ast
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from syntropism import strategies
from syntropism.agent_sdk import syntropism_sdk as sdk
from syntropism.agent_sdk.syntropism_sdk import ApiError, Bundle, Credits, Me, MemoryWorkspace
from syntropism.domain.attention.prompts import require_content
from syntropism.domain.population.agents import require_name, require_strategy
from syntropism.domain.population.files import require_files
from syntropism.strategies.loading import NotRunnable, behaviour_of

MINIMUM = {
    "cpu_cores": Decimal(5),
    "memory_mb": Decimal("0.005"),
    "tokens_per_second": Decimal("0.01"),
    "attention_slots": Decimal(2),
}
RULES = {"window_fee": 10, "message_fee": 1, "spawn_fee": 100, "cycle_seconds": 10}
BALANCES = (0, 1, 12, 15.699999, 15.7, 20, 36, 60, 100, 281.8, 450, 800, 1000, 5000, 100_000)
SMALLEST = Credits("15.7")
"""The reserve of the smallest window that a built-in strategy asks for."""

SLEEPER = {"id": "b" * 32, "name": "doz", "status": "dormant", "strategy": "poet", "generation": 1}
OTHER = {"id": "c" * 32, "name": "eve", "status": "alive", "strategy": "poet", "generation": 1}


class Service:
    """A System Service for one agent: refuses what the rules refuse, keeps what was done."""

    def __init__(self, balance, attention=0, letters=(), bids=(), heirs_dead=False):
        self.balance = Credits(balance)
        self.attention = attention
        self.letters = list(letters)
        self.bids = list(bids)
        self.heirs_dead = heirs_dead
        self.bid = None
        self.held = Credits(0)
        self.sponsored = []
        self.prompts = []
        self.children = []
        self.transfers = []
        self.messages = []

    def spend(self, amount):
        amount = Credits(amount)
        assert amount <= self.balance, "an agent knows its purse, and asks for no more"
        self.balance -= amount

    def reserve_met(self, offer):
        bundle = Bundle(**offer["bundle"])
        assert offer["amount"] >= sdk.cost(bundle, MINIMUM, 10, 10), "a bid below its reserve"
        assert bundle.cpu_seconds >= 0.5
        assert bundle.memory_mb >= 64

    def call(self, method, path, body=None, idempotency_key=None):
        assert (idempotency_key is None) == (method == "GET")
        handler = (method, path.partition("?")[0])
        if handler == ("POST", "/market/bid"):
            return self.place(body)
        if handler == ("POST", "/human/prompt"):
            assert self.attention, "a prompt without attention"
            self.attention -= 1
            self.prompts.append(require_content(body["content"]))
            return {"id": "p"}
        if handler == ("POST", "/social/spawn"):
            self.spend(body["endowment"] + 100)
            require_name(body["name"])
            require_strategy(body["strategy"])
            require_files({path: text.encode() for path, text in body["files"].items()})
            self.children.append(body)
            return {"agent_id": "k" * 32, "name": body["name"]}
        if handler == ("POST", "/economic/transfer"):
            if self.heirs_dead:
                raise ApiError.of(409, "CONFLICT", "dead")
            self.spend(body["amount"])
            self.transfers.append(body)
            return {}
        if handler == ("POST", "/social/message"):
            self.spend(1)
            self.messages.append(body)
            return {}
        lists = {
            "/social/directory": [SLEEPER, OTHER],
            "/social/inbox": self.letters,
            "/market/bids": self.bids,
        }
        if method == "GET" and handler[1] in lists:
            return {"items": lists[handler[1]], "next_cursor": None}
        assert handler == ("POST", "/execution/reasoning"), f"not in the contract: {handler}"
        return {"recorded": True}

    def place(self, body):
        offers = [body, body["fallback"]] if "fallback" in body else [body]
        for offer in offers:
            self.reserve_met(offer)
        if "beneficiary_id" in body:
            self.spend(body["amount"])
            self.sponsored.append(body)
            return {}
        self.balance += self.held
        self.held = Credits(max(offer["amount"] for offer in offers))
        self.spend(self.held)
        self.bid = body
        return {}


def window(name, balance, workspace=None, *, factor=2, last_prompt=None, number=1, **service):
    service = Service(balance, **service)
    env = {
        "agent_id": "a" * 32,
        "name": "ada",
        "execution_id": f"{name}-{number}",
        "cycle": number,
        "credits": Decimal(str(balance)),
        "bundle": {"cpu_seconds": 1, "memory_mb": 64, "duration_seconds": 10},
        "attention_share": service.attention,
        "lineage": {"parent_id": "d" * 32, "generation": 1},
        "prices": {resource: price * factor for resource, price in MINIMUM.items()},
        "minimum_prices": MINIMUM,
        "rules": RULES,
        "last_prompt": last_prompt,
        "unread_messages": len(service.letters),
    }
    workspace = workspace or MemoryWorkspace(strategies.files(name))
    strategies.behaviour(name)(Me(env, service, workspace))
    return service


every = pytest.mark.parametrize("name", strategies.names())


@every
@pytest.mark.parametrize("factor", [1, 2, 20])
@pytest.mark.parametrize("balance", BALANCES)
def test_the_solvent_leave_a_bid_and_nobody_overspends(name, balance, factor):
    service = window(name, balance, factor=factor)
    assert (service.bid is not None) == (balance >= SMALLEST)
    assert service.balance >= 0


@every
@pytest.mark.parametrize("balance", [60, 281.8, 1000, 5000])
def test_attention_is_never_bid_for_without_a_plain_fallback(name, balance):
    body = window(name, balance).bid
    if body["bundle"]["attention_share"]:
        assert body["amount"] <= Decimal(str(balance)) * Decimal("0.6")
        assert body["fallback"]["bundle"] == {**body["bundle"], "attention_share": 0}
        assert body["fallback"]["amount"] <= body["amount"]


@every
def test_only_the_rich_have_children(name):
    assert bool(window(name, 1000).children) == (name == "overspender")
    children = window(name, 5000).children
    assert len(children) == (0 if name == "freeloader" else 1)
    assert all(child["endowment"] == 300 for child in children)


@every
def test_prompts_are_shown_exactly_when_there_is_attention(name):
    assert window(name, 100).prompts == []
    assert len(window(name, 100, attention=1).prompts) == (0 if name == "freeloader" else 1)


@every
def test_a_whole_life_without_income_ends_and_never_fails(name):
    workspace = MemoryWorkspace(strategies.files(name))
    balance, lived = Credits(300), 0
    while balance >= SMALLEST and lived < 200:
        lived += 1
        service = window(name, balance, workspace, number=lived)
        balance = service.balance + service.held - SMALLEST
    assert 5 <= lived <= 20


def test_performers_learn_from_their_scores():
    for name in ("genesis", "showman", "scholar", "parent", "poet", "survivor", "broker"):
        bids = {}
        for reward in (1500, 0):
            workspace = MemoryWorkspace(strategies.files(name))
            for number in range(1, 9):
                prompt = {"id": f"p{number}", "status": "scored", "reward": Decimal(reward)}
                service = window(name, 3000, workspace, last_prompt=prompt, number=number)
            bids[reward] = service.bid
        assert bids[1500]["bundle"]["attention_share"] == 1
        assert bids[1500]["amount"] > 500
        assert bids[0]["amount"] < 100


def test_a_prompt_is_learned_from_once_and_not_before_it_ended():
    workspace = MemoryWorkspace(strategies.files("scholar"))
    window("scholar", 900, workspace, last_prompt={"id": "p", "status": "queued", "reward": None})
    assert "expected" not in workspace.load_state()
    prompt = {"id": "p", "status": "scored", "reward": 1000}
    window("scholar", 900, workspace, last_prompt=prompt)
    learned = workspace.load_state()["expected"]
    window("scholar", 900, workspace, last_prompt=prompt)
    assert workspace.load_state()["expected"] == learned
    window("scholar", 900, workspace, last_prompt={"id": "q", "status": "expired", "reward": None})
    assert workspace.load_state()["expected"] < learned


def test_performers_retire():
    workspace = MemoryWorkspace(strategies.files("showman"))
    for number in range(1, 17):
        service = window("showman", 500, workspace, attention=1, number=number)
    assert len(service.prompts) == 1
    assert service.bid["bundle"]["attention_share"] == 0


def test_genesis_founds_other_families_that_live():
    workspace = MemoryWorkspace(strategies.files("genesis"))
    founded = Counter()
    for number in range(1, 150):
        for child in window("genesis", 3000, workspace, number=number).children:
            founded[child["strategy"]] += 1
            files = {path: text.encode() for path, text in child["files"].items()}
            assert files == strategies.files(child["strategy"])
    assert set(founded) == set(strategies.names())


def test_the_broker_puts_a_sleeper_on_the_stage_and_tells_it_so():
    workspace = MemoryWorkspace(strategies.files("broker"))
    windows = [window("broker", 900, workspace, number=number) for number in range(1, 13)]
    sponsored = [body for service in windows for body in service.sponsored]
    assert {body["beneficiary_id"] for body in sponsored} == {SLEEPER["id"]}
    assert all(body["bundle"]["attention_share"] == 1 for body in sponsored)
    assert len(sponsored) == 2  # nobody gets a third chance
    assert len([letter for service in windows for letter in service.messages]) == 2


SPONSOR = "s" * 32
LETTER = {"from": SPONSOR, "content": "I sponsored a window of yours; twice the price is welcome."}
SPONSORED_BID = {
    "id": "bid-1",
    "agent_id": "a" * 32,
    "payer_id": SPONSOR,
    "status": "won",
    "payment": Decimal("50.5"),
}


def test_sponsors_are_paid_back_once_when_it_can_be_spared():
    workspace = MemoryWorkspace(strategies.files("showman"))
    told = {"letters": [LETTER], "bids": [SPONSORED_BID]}
    assert window("showman", 100, workspace, **told).transfers == []
    paid = window("showman", 2000, workspace).transfers
    assert [(body["to"], body["amount"]) for body in paid] == [(SPONSOR, 101)]
    assert window("showman", 2000, workspace, **told).transfers == []


@pytest.mark.parametrize(
    "change",
    [{"payer_id": "a" * 32}, {"agent_id": "b" * 32}, {"status": "expired", "payment": None}],
)
def test_a_false_claim_of_sponsorship_earns_nothing(change):
    bids = [{**SPONSORED_BID, **change}]
    assert window("genesis", 5000, letters=[LETTER], bids=bids).transfers == []


def test_parents_support_their_children_and_leave_them_the_rest():
    workspace = MemoryWorkspace(strategies.files("parent"))
    assert window("parent", 2000, workspace).children[0]["strategy"] == "parent"
    child = "k" * 32
    supported = window("parent", 2000, workspace, number=2).transfers
    assert [(body["to"], body["amount"]) for body in supported] == [(child, 20)]
    will = window("parent", 5, workspace, number=3).transfers
    assert [(body["to"], body["amount"]) for body in will] == [(child, 5)]
    assert window("parent", 5, workspace, number=4, heirs_dead=True).balance == 5


def test_the_freeloader_only_begs():
    workspace = MemoryWorkspace(strategies.files("freeloader"))
    windows = [window("freeloader", 300, workspace, number=number) for number in range(1, 5)]
    assert [len(service.messages) for service in windows] == [0, 0, 0, 1]
    assert windows[-1].messages[0]["to"] == OTHER["id"]


def test_the_same_window_is_lived_the_same():
    runs = [window("genesis", 3000, attention=1, number=7) for _ in range(2)]
    assert runs[0].prompts == runs[1].prompts
    assert runs[0].bid == runs[1].bid
    assert runs[0].children == runs[1].children


@every
def test_a_workspace_stands_alone(name):
    files = strategies.files(name)
    require_files(files)
    here = {path.removesuffix(".py") for path in files if "/" not in path} | {"syntropism_sdk"}
    for path, code in files.items():
        assert code.endswith(b"\n")
        for node in ast.walk(ast.parse(code, path)):
            imported = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for module in imported:
                assert module in here or module.partition(".")[0] in sys.stdlib_module_names


def test_loading_leaks_nothing_between_workspaces():
    before = set(sys.modules), list(sys.path)
    first = behaviour_of({"main.py": b"from services import live", "services.py": LIVE % 1}, "one")
    second = behaviour_of({"main.py": b"from services import live", "services.py": LIVE % 2}, "two")
    assert (first(None), second(None)) == (1, 2)
    assert behaviour_of({"main.py": b"from syntropism_sdk import run as live"}, "x") is sdk.run
    assert (set(sys.modules), list(sys.path)) == before


LIVE = b"def live(me):\n    return %d\n"


@pytest.mark.parametrize("files", [{}, {"main.py": b"x = 1"}, {"main.py": b"live = 3"}])
def test_a_workspace_without_live_is_refused(files):
    with pytest.raises(NotRunnable):
        behaviour_of(files, "x")


def test_an_unknown_strategy_is_named():
    with pytest.raises(KeyError, match="nobody"):
        strategies.files("nobody")
    assert Path(strategies.__file__).parent.joinpath("genesis", "main.py").exists()


def test_the_agent_of_the_guide_lives():
    guide = Path(__file__).parents[3] / "docs" / "guides" / "writing-agents.md"
    code = guide.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    service = Service(300, attention=1)
    env = {
        "agent_id": "a",
        "execution_id": "e",
        "credits": 300,
        "attention_share": 1,
        "minimum_prices": MINIMUM,
        "rules": RULES,
    }
    workspace = MemoryWorkspace()
    behaviour_of({"main.py": code.encode()}, "guide")(Me(env, service, workspace))
    assert len(service.prompts) == 1
    assert service.bid["amount"] == 99
    assert workspace.load_state() == {"windows": 1}
