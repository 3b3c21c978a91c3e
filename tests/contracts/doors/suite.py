"""A door answers so: one suite for every way in, written against ``call(...)`` alone.

A door that keeps it inherits :class:`DoorContract` and gives the fixture ``doors``.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

import pytest
from tests.integration.rest.world import SMALL, World

from syntropism.agent_sdk.syntropism_sdk import ApiError


class Transport(Protocol):
    """What an agent holds of a door."""

    def call(
        self, method: str, path: str, body: Any = None, idempotency_key: str | None = None
    ) -> Any: ...


Doors = Callable[[World, str], Transport]
"""Opens a door for the present window of an agent."""

FILES = {"main.py": "pass"}


class Town:
    """Ada and Bob (who has attention) behind a door each; Cyd is dead."""

    def __init__(self, open_door: Doors) -> None:
        self.world = World()
        self.ada = self.world.create("ada")
        self.bob = self.world.create("bob", attention=1)
        self.cyd = self.world.create("cyd")
        self.world.kill(self.cyd)
        self.world.round()
        self.as_ada = open_door(self.world, self.ada)
        self.as_bob = open_door(self.world, self.bob)


class DoorContract:
    """Inherit, and give ``doors``."""

    @pytest.fixture
    def town(self, doors: Doors) -> Town:
        return Town(doors)

    def refused(
        self,
        town: Town,
        status: int,
        code: str,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        field: str | None = None,
        transport: Transport | None = None,
    ) -> ApiError:
        before = town.world.snapshot()
        with pytest.raises(ApiError) as caught:
            (transport or town.as_ada).call(method, path, body, key)
        assert (caught.value.status, caught.value.code) == (status, code), caught.value
        if field is not None:
            assert caught.value.details.get("field") == field
        assert town.world.snapshot() == before
        return caught.value

    def test_every_answer_has_the_documented_shape(self, town: Town) -> None:
        ada, bob = town.as_ada, town.as_bob
        transfer = {"to": town.bob, "amount": Decimal("1.5"), "memo": "thanks"}
        spawn = {"name": "kid", "endowment": 100, "files": FILES}
        bid = {"bundle": SMALL, "amount": 30}
        placed = ada.call("POST", "/market/bid", bid, "1")
        replaced = ada.call("PUT", f"/market/bid/{placed['id']}", bid, "2")
        prompt = bob.call("POST", "/human/prompt", {"content": "look", "amount": 2}, "3")
        bid_fields = {
            "id", "agent_id", "payer_id", "status", "bundle", "amount", "reserve", "fallback",
            "age", "placed_cycle", "payment", "won_fallback",
        }  # fmt: skip
        prompt_fields = {
            "id", "agent_id", "execution_id", "content", "amount", "status", "submitted_cycle",
            "scores", "reward",
        }  # fmt: skip
        answers = [
            (ada.call("GET", "/economic/balance"), {"account_id", "balance", "held"}),
            (ada.call("GET", f"/economic/balance/{town.ada}"), {"account_id", "balance", "held"}),
            (
                ada.call("POST", "/economic/transfer", transfer, "4"),
                {"transfer_id", "to", "amount", "balance"},
            ),
            (ada.call("GET", "/market/prices"), {"cycle", "prices"}),
            (ada.call("GET", "/market/state"), {"cycle", "resources", "open_bids", "book"}),
            (
                ada.call("GET", "/market/state/cpu_cores"),
                {"price", "capacity", "free", "utilization", "demand"},
            ),
            (
                ada.call("POST", "/market/quote", {"bundle": SMALL}),
                {
                    *("posted_cost", "reserve", "amount"),
                    *("win_probability", "cycles", "amount_median"),
                },
            ),
            (placed, bid_fields),
            (replaced, bid_fields),
            (ada.call("DELETE", f"/market/bid/{replaced['id']}", None, "5"), bid_fields),
            (
                ada.call("POST", "/social/message", {"to": town.bob, "content": "hi"}, "6"),
                {"message_id", "fee", "balance"},
            ),
            (
                ada.call("POST", "/social/spawn", spawn, "7"),
                {"agent_id", "name", "fee", "endowment", "bid_id", "balance"},
            ),
            (prompt, prompt_fields),
            (bob.call("GET", f"/human/prompt/{prompt['id']}"), prompt_fields),
            (
                ada.call("GET", "/execution"),
                {
                    "execution_id", "agent_id", "attempt", "cycle", "status", "bundle", "payment",
                    "deadline", "seconds_left", "attention_left", "cpu_seconds_left", "tokens_left",
                    "memory_peak_mb",
                },
            ),
            (ada.call("POST", "/execution/reasoning", {"text": "because"}, "8"), {"recorded"}),
        ]  # fmt: skip
        for answer, fields in answers:
            assert fields <= set(answer), fields - set(answer)

    def test_every_list_has_the_documented_shape(self, town: Town) -> None:
        ada, bob = town.as_ada, town.as_bob
        ada.call("POST", "/social/message", {"to": town.bob, "content": "hi"}, "1")
        lists = [
            (
                ada.call("GET", "/economic/history?limit=3"),
                {"id", "debit", "credit", "amount", "kind", "occurred_at", "memo"},
            ),
            (ada.call("GET", "/market/bids"), {"id", "status", "amount"}),
            (
                ada.call("GET", "/market/history"),
                {
                    "cycle", "prices", "utilization", "demand", "bids", "wins", "welfare",
                    "upper_bound", "gap", "volume",
                },
            ),
            (
                bob.call("GET", "/social/inbox?unread=true"),
                {"id", "from", "from_name", "content", "sent_at", "cycle"},
            ),
            (
                ada.call("GET", "/social/directory"),
                {"id", "name", "status", "strategy", "generation"},
            ),
        ]  # fmt: skip
        for page, fields in lists:
            assert set(page) == {"items", "next_cursor"}
            assert page["items"]
            assert fields <= set(page["items"][0])

    def test_money_is_exact(self, town: Town) -> None:
        for number in range(3):
            body = {"to": town.bob, "amount": Decimal("0.1")}
            answer = town.as_ada.call("POST", "/economic/transfer", body, f"k{number}")
        assert Decimal(str(answer["balance"])) == Decimal("959.7")

    def test_pages_follow_each_other(self, town: Town) -> None:
        first = town.as_ada.call("GET", "/economic/history?limit=1")
        rest = town.as_ada.call("GET", f"/economic/history?limit=9&cursor={first['next_cursor']}")
        whole = town.as_ada.call("GET", "/economic/history")
        assert first["items"] + rest["items"] == whole["items"]
        assert rest["next_cursor"] is None

    def test_the_same_key_has_one_effect_and_one_answer(self, town: Town) -> None:
        body = {"to": town.bob, "amount": 5}
        first = town.as_ada.call("POST", "/economic/transfer", body, "key")
        after = town.world.snapshot()
        assert town.as_ada.call("POST", "/economic/transfer", body, "key") == first
        assert town.world.snapshot() == after
        other = {"to": town.bob, "amount": 6}
        code = "IDEMPOTENCY_CONFLICT"
        self.refused(town, 409, code, "POST", "/economic/transfer", other, "key")
        mine = town.as_bob.call("POST", "/economic/transfer", {"to": town.ada, "amount": 1}, "key")
        assert mine["transfer_id"] != first["transfer_id"]

    @pytest.mark.parametrize("amount", [0, -1, Decimal("0.0000001"), 2**53, True, None, []])
    def test_bad_amounts_are_named(self, town: Town, amount: Any) -> None:
        body = {"to": town.bob, "amount": amount}
        path = "/economic/transfer"
        self.refused(town, 422, "INVALID", "POST", path, body, "k", field="amount")

    def test_unaffordable_dead_absent_and_self(self, town: Town) -> None:
        path = "/economic/transfer"
        for status, code, to, amount in (
            (402, "INSUFFICIENT_CREDITS", town.bob, 9_999),
            (409, "CONFLICT", town.cyd, 1),
            (404, "NOT_FOUND", "nobody", 1),
            (422, "INVALID", town.ada, 1),
        ):
            body = {"to": to, "amount": amount}
            self.refused(town, status, code, "POST", path, body, f"{status}")

    def test_unknown_and_missing_fields_are_named(self, town: Town) -> None:
        body = {"to": town.bob, "amount": 1, "from": town.bob}
        path = "/economic/transfer"
        self.refused(town, 422, "INVALID", "POST", path, body, "1", field="from")
        self.refused(town, 422, "INVALID", "POST", path, {"to": town.bob}, "2", field="amount")
        low = {"bundle": SMALL, "amount": 18}
        error = self.refused(town, 422, "INVALID", "POST", "/market/bid", low, "3", field="amount")
        assert error.details["reserve"] == "18.2"

    def test_attention_is_bought(self, town: Town) -> None:
        body = {"content": "look"}
        self.refused(town, 403, "NO_ATTENTION", "POST", "/human/prompt", body, "1")
        town.as_bob.call("POST", "/human/prompt", body, "1")
        self.refused(
            town, 403, "NO_ATTENTION", "POST", "/human/prompt", body, "2", transport=town.as_bob
        )

    def test_what_is_another_s_is_not_shown_or_touched(self, town: Town) -> None:
        prompt = town.as_bob.call("POST", "/human/prompt", {"content": "look"}, "1")
        bid = town.as_bob.call("POST", "/market/bid", {"bundle": SMALL, "amount": 30}, "2")
        self.refused(town, 403, "FORBIDDEN", "GET", f"/economic/balance/{town.bob}")
        self.refused(town, 403, "FORBIDDEN", "GET", f"/human/prompt/{prompt['id']}")
        self.refused(town, 403, "FORBIDDEN", "DELETE", f"/market/bid/{bid['id']}", None, "3")

    def test_what_does_not_exist(self, town: Town) -> None:
        self.refused(town, 404, "NOT_FOUND", "GET", "/no/such/path")
        self.refused(town, 404, "NOT_FOUND", "GET", "/human/prompt/nothing")
        self.refused(town, 404, "NOT_FOUND", "GET", "/market/state/gold")
        self.refused(town, 404, "NOT_FOUND", "DELETE", "/market/bid/nothing", None, "k")

    def test_hostile_files(self, town: Town) -> None:
        for name in ("../main.py", "/etc/passwd", "a\x00b", "env.json"):
            body = {"name": "kid", "endowment": 100, "files": {**FILES, name: "x"}}
            self.refused(town, 422, "INVALID", "POST", "/social/spawn", body, f"k{len(name)}")
        body = {"name": "kid", "endowment": 100, "files": {"main.py": {"symlink": "/"}}}
        self.refused(town, 422, "INVALID", "POST", "/social/spawn", body, "link")
        body = {"name": "kid", "endowment": 100, "files": {"main.py": "x" * 300_000}}
        self.refused(town, 413, "TOO_LARGE", "POST", "/social/spawn", body, "large")

    def test_lists_refuse_what_is_no_page(self, town: Town) -> None:
        for query in ("limit=0", "limit=201", "limit=x"):
            path = f"/economic/history?{query}"
            self.refused(town, 422, "INVALID", "GET", path, field="limit")

    def test_a_bid_that_is_being_cleared_says_when_to_try_again(self, town: Town) -> None:
        bid = town.as_ada.call(
            "POST", "/market/bid", {"bundle": SMALL, "amount": 30, "beneficiary_id": town.bob}, "1"
        )
        town.world.end(town.bob)
        town.world.freeze()
        error = self.refused(town, 409, "CONFLICT", "DELETE", f"/market/bid/{bid['id']}", None, "2")
        assert error.retry_after is not None
        assert error.retry_after >= 1

    def test_nothing_is_left_to_do_after_the_window(self, town: Town) -> None:
        town.world.end(town.ada)
        for method, path, body in (
            ("GET", "/economic/balance", None),
            ("GET", "/execution", None),
            ("POST", "/economic/transfer", {"to": town.bob, "amount": 1}),
        ):
            self.refused(town, 401, "UNAUTHENTICATED", method, path, body, "k")
