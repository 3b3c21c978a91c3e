"""What is remembered under an idempotency key, and what is not (law 9)."""

import pytest
from attrs import evolve

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.performing import KEY_MAX, perform
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.operators.identity import LOCAL
from syntropism.domain import errors
from syntropism.domain.credits import MICRO
from syntropism.domain.market.resources import Bundle

REMEMBERED = [
    errors.Invalid("no", field="amount"),
    errors.InsufficientCredits("no", needed="3"),
    errors.NotFound("no"),
    errors.Conflict("no", bid_id="b"),
]
FORGOTTEN = [
    errors.Unauthenticated("no"),
    errors.Forbidden("no"),
    errors.NoAttention("no"),
    errors.RateLimited("no", retry_after_seconds=1),
    errors.Conflict("later", retry_after_seconds=1),
    errors.Malformed("no"),
    errors.TooLarge("no"),
]


class Command:
    """Refuses, or answers; and counts how often it was run."""

    def __init__(self, refusal=None):
        self.refusal, self.runs = refusal, 0

    def __call__(self, uow):
        self.runs += 1
        uow.ledger.open_account(f"account-{self.runs}")
        if self.refusal is not None:
            raise self.refusal
        return {"run": self.runs}


def perform_twice(town, command, first=None, second=None, key="key"):
    """Both answers or refusals."""
    answers = []
    for body in (first or {"a": 1}, second or {"a": 1}):
        try:
            answers.append(perform(town.store, "me:do", key, body, command))
        except errors.DomainError as refusal:
            answers.append((type(refusal), refusal.message, dict(refusal.details)))
    return answers


def test_a_success_is_answered_again_and_done_once(town):
    command = Command()
    assert perform_twice(town, command) == [{"run": 1}, {"run": 1}]
    assert command.runs == 1


@pytest.mark.parametrize("refusal", REMEMBERED, ids=lambda one: one.code)
def test_a_final_refusal_is_given_again(town, refusal):
    command = Command(refusal)
    first, second = perform_twice(town, command)
    assert first == second == (type(refusal), refusal.message, dict(refusal.details))
    assert command.runs == 1
    command.refusal = None
    assert perform_twice(town, command)[0] == first, "even when it would succeed by now"


@pytest.mark.parametrize("refusal", FORGOTTEN, ids=lambda one: f"{one.code} {one.message}")
def test_what_may_pass_is_tried_again(town, refusal):
    command = Command(refusal)
    perform_twice(town, command)
    assert command.runs == 2
    command.refusal = None
    assert perform_twice(town, command)[0] == {"run": 3}


@pytest.mark.parametrize("refusal", REMEMBERED + FORGOTTEN, ids=lambda one: one.code)
def test_a_refusal_leaves_no_trace(town, refusal):
    perform_twice(town, Command(refusal))
    assert town.ask(lambda uow: uow.ledger.balances(["account-1"])) == {}


def test_another_request_under_the_same_key_is_refused_and_forgets_nothing(town):
    command = Command()
    first, second = perform_twice(town, command, second={"a": 2})
    assert first == {"run": 1} and second[0] is errors.IdempotencyConflict
    assert perform_twice(town, command)[0] == first


def test_a_key_belongs_to_one_identity_and_one_operation(town):
    command = Command()
    for scope in ("me:do", "me:undo", "you:do"):
        perform(town.store, scope, "key", {}, command)
    assert command.runs == 3


def test_without_a_key_every_request_is_new(town):
    assert perform_twice(town, Command(), key=None) == [{"run": 1}, {"run": 2}]


@pytest.mark.parametrize("key", ["", "x" * (KEY_MAX + 1), "a\nb", "\x00"])
def test_keys_are_short_and_printable(town, key):
    with pytest.raises(errors.Invalid):
        perform(town.store, "me:do", key, {}, Command())


def test_who_is_not_admitted_learns_nothing_from_a_key(town):
    def nobody(_uow):
        raise errors.Unauthenticated("who?")

    perform(town.store, "me:do", "key", {}, Command())
    with pytest.raises(errors.Unauthenticated):
        perform(town.store, "me:do", "key", {}, Command(), admit=nobody)


def test_an_operators_key_covers_everything_in_the_request(town):
    """Found by the machine: the first bid and the fallback were left out of the fingerprint."""
    small = Bundle("0.1", 32, 10)
    bid = BidRequest(small, 20 * MICRO)
    request = BirthRequest("ada", 100 * MICRO, {"main.py": b""}, "", bid)
    town.operators.create_agent(LOCAL, request, "key")
    for other in (
        evolve(request, first_bid=None),
        evolve(request, first_bid=evolve(bid, amount=21 * MICRO)),
    ):
        with pytest.raises(errors.IdempotencyConflict):
            town.operators.create_agent(LOCAL, other, "key")
    with pytest.raises(errors.IdempotencyConflict):
        town.operators.create_agent(LOCAL, request, "key", bids=False)
    other = town.born("bob", bundle=None)
    town.operators.sponsor_agent(LOCAL, other, bid, "key")
    changed = evolve(bid, fallback_bundle=small, fallback_amount=15 * MICRO)
    with pytest.raises(errors.IdempotencyConflict):
        town.operators.sponsor_agent(LOCAL, other, changed, "key")
