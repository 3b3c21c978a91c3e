"""The suite can fail: deliberate bugs, at least one per law, and each of them is found.

Every bug is planted into the code that the history of ``conftest.py`` runs through. It must be
found by the comparison with the model; and if it leaves traces in what is stored, the audit alone
must name the law that is broken (``audited``).
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from attrs import evolve, frozen

from syntropism.adapters.memory import execution, history, ledger, market, people
from syntropism.application import cycle, system_service
from syntropism.application.commands import (
    bidding,
    cycle_steps,
    dying,
    performing,
    settling,
    windows,
)
from syntropism.application.effects import Effects
from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.application.queries.audit import audit
from syntropism.domain.attention.prompts import Prompt, PromptStatus, Scores
from syntropism.domain.economy.accounts import BURN, MINT_HUMAN
from syntropism.domain.economy.holds import Hold, HoldStatus
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import DomainError, Unauthenticated
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.market import auction
from syntropism.domain.market.resources import NOTHING
from syntropism.domain.population.agents import Agent
from syntropism.testing.machine import orchestrators

Plant = Callable[[pytest.MonkeyPatch], None]


@frozen
class Bug:
    """A law, and how it is broken."""

    law: int
    name: str
    plant: Plant
    audited: bool


BUGS: list[Bug] = []


def bug(law: int, *, audited: bool) -> Callable[[Plant], Plant]:
    """Plants what the function says (its name is that of the bug)."""

    def listed(plant: Plant) -> Plant:
        BUGS.append(Bug(law, plant.__name__, plant, audited))
        return plant

    return listed


def drop(monkeypatch: pytest.MonkeyPatch, kind: TransferKind) -> None:
    """Forgets every movement of one kind."""
    move = Effects.move

    def forgetful(fx, debit, credit, amount, of_kind, *rest, **memo):
        return None if of_kind is kind else move(fx, debit, credit, amount, of_kind, *rest, **memo)

    monkeypatch.setattr(Effects, "move", forgetful)


# 1: double entry


@bug(1, audited=True)
def a_transfer_loses_a_micro_credit(monkeypatch):
    def lossy(balances, transfers):
        for one in transfers:
            balances[one.debit] -= one.amount
            balances[one.credit] += one.amount - (one.kind is TransferKind.TRANSFER)

    monkeypatch.setattr(ledger, "apply_transfers", lossy)


@bug(1, audited=True)
def money_is_a_float(monkeypatch):
    exact = ledger.apply_transfers

    def rounded(balances, transfers):
        exact(balances, transfers)
        for one in transfers:
            balances[one.credit] = int(float(balances[one.credit]))

    monkeypatch.setattr(ledger, "apply_transfers", rounded)


# 2: only humans mint


@bug(2, audited=True)
def an_expired_prompt_mints(monkeypatch):
    end_prompt = cycle_steps.end_prompt

    def generous(fx, prompt, status):
        fx.move(MINT_HUMAN, prompt.agent_id, 5, TransferKind.REWARD, prompt.id)
        return end_prompt(fx, prompt, status)

    monkeypatch.setattr(cycle_steps, "end_prompt", generous)


@bug(2, audited=True)
def refunds_are_minted(monkeypatch):
    def minted(fx, execution):
        fx.move(MINT_HUMAN, execution.payer, execution.payment, TransferKind.REFUND, execution.id)
        return True

    monkeypatch.setattr(windows, "refund", minted)


@bug(2, audited=True)
def an_estate_is_not_burned(monkeypatch):
    drop(monkeypatch, TransferKind.ESTATE)


# 3: no debt


@bug(3, audited=True)
def balances_are_not_checked(monkeypatch):
    def trusting(balances, transfers):
        for one in transfers:
            balances[one.debit] -= one.amount
            balances[one.credit] += one.amount

    monkeypatch.setattr(ledger, "apply_transfers", trusting)


# 4: a hold ends once


@bug(4, audited=True)
def a_hold_stays_open_after_its_end(monkeypatch):
    monkeypatch.setattr(Hold, "ended", lambda hold, _paid, now: evolve(hold, ended_at=now))


@bug(4, audited=True)
def a_hold_ends_twice(monkeypatch):
    release = Effects.release

    def twice(fx, hold_id, kind):
        hold = release(fx, hold_id, kind)
        if kind is TransferKind.BID_RETURNED:
            fx.move(BURN, hold.payer, hold.amount, kind, hold.reference)
        return hold

    monkeypatch.setattr(Effects, "release", twice)


@bug(4, audited=True)
def a_withdrawn_bid_keeps_its_hold(monkeypatch):
    def kept(fx, bid, status):
        ended = bid.ended(status, fx.cycle)
        fx.uow.bids.save([ended])
        fx.happened(
            f"market.bid.{status.value}", bid_id=bid.id, agent_id=bid.agent_id, payer_id=bid.payer
        )
        return ended

    monkeypatch.setattr(bidding, "end_bid", kept)


# 5: capacity is hard


@bug(5, audited=True)
def what_is_occupied_is_forgotten(monkeypatch):
    monkeypatch.setattr(cycle_steps, "occupied", lambda *_: NOTHING)


@bug(5, audited=True)
def more_is_sold_than_there_is(monkeypatch):
    def generous(bids, free, *rest):
        return auction.clear_round(bids, tuple(rate * 3 for rate in free), *rest)

    monkeypatch.setattr(
        ReferenceEngine, "clear_round", lambda engine, *facts: generous(*facts, engine.solve)
    )
    monkeypatch.setattr(orchestrators, "clear_round", generous)


# 6: charged once, acts once


@bug(6, audited=True)
def a_win_is_charged_twice(monkeypatch):
    charge = settling._charge

    def greedy(fx, bid, hold):
        again = fx.transfer(hold.payer, BURN, 1, TransferKind.PAYMENT, bid.id)
        return [*charge(fx, bid, hold), again]

    monkeypatch.setattr(settling, "_charge", greedy)


@bug(6, audited=True)
def settling_again_charges_again(monkeypatch):
    settle = settling.settle

    def again(fx, number, *rest):
        cycle = settle(fx, number, *rest)
        for bid in fx.uow.bids.page(100):
            if bid.payment and bid.ended_cycle == number:
                fx.move(bid.payer, BURN, 1, TransferKind.PAYMENT, bid.id)
        return cycle

    monkeypatch.setattr(settling, "settle", again)


@bug(6, audited=True)
def a_fault_of_ours_is_not_refunded(monkeypatch):
    monkeypatch.setattr(windows, "refund", lambda _fx, _execution: False)


@bug(6, audited=True)
def a_fault_of_ours_is_refunded_twice(monkeypatch):
    refund = windows.refund
    monkeypatch.setattr(windows, "refund", lambda fx, one: refund(fx, one) and refund(fx, one))


@bug(6, audited=True)
def a_failure_of_the_agent_is_refunded(monkeypatch):
    finish = windows._finish

    def generous(fx, ended, log):
        refunded = ended.status is ExecutionStatus.FAILED and dying.refund(fx, ended)
        finish(fx, evolve(ended, refunded=ended.refunded or refunded), log)

    monkeypatch.setattr(windows, "_finish", generous)


@bug(6, audited=False)
def an_attempt_that_was_taken_back_is_heard(monkeypatch):
    monkeypatch.setattr(
        windows,
        "end_window",
        _ended_by_anybody(windows.end_window),
    )


def _ended_by_anybody(end_window):
    def heard(fx, execution_id, attempt, status, usage, **facts):
        one = fx.uow.executions.get(execution_id)
        if one is not None and one.status is ExecutionStatus.QUEUED and one.attempt == attempt:
            windows._finish(fx, one.ended(status, now=fx.now, cycle=fx.cycle), "")
            return one
        return end_window(fx, execution_id, attempt, status, usage, **facts)

    return heard


@bug(6, audited=False)
def an_agent_that_has_acted_is_tried_again(monkeypatch):
    monkeypatch.setattr(Execution, "retriable", lambda one, rules: one.attempt < rules.max_attempts)


@bug(6, audited=False)
def a_deposed_orchestrator_goes_on(monkeypatch):
    monkeypatch.setattr(cycle, "require_lead", lambda _uow, _lead: None)
    monkeypatch.setattr(cycle, "take_lead", lambda _uow, _holder, _ms: None)


# 7: one window at a time


@bug(7, audited=True)
def an_agent_may_win_while_it_lives(monkeypatch):
    def everything(bids, number):
        bids.save([bid.frozen_in(number) for bid in bids.all_open()])
        return len(bids.frozen(number))

    def unchecked(executions, added):
        for one in added:
            executions._table.put(one.id, one)

    monkeypatch.setattr(market.MemoryBids, "freeze", everything)
    monkeypatch.setattr(execution.MemoryExecutions, "add", unchecked)


# 8: a reward is paid once


@bug(8, audited=True)
def a_prompt_is_rewarded_twice(monkeypatch):
    def scored(prompt, scores, reward, number):
        return evolve(
            prompt, status=PromptStatus.SCORED, scores=scores, reward=reward, ended_cycle=number
        )

    def unlimited(prompts, response):
        prompts._responses.put(response.prompt_id, response)

    monkeypatch.setattr(Prompt, "scored", scored)
    monkeypatch.setattr(people.MemoryPrompts, "respond", unlimited)
    release = Effects.spend
    monkeypatch.setattr(
        Effects,
        "spend",
        lambda fx, hold_id, *rest: (
            release(fx, hold_id, *rest) if fx.held(hold_id).status is HoldStatus.OPEN else None
        ),
    )


@bug(8, audited=True)
def the_weights_are_swapped(monkeypatch):
    def swapped(scores, rules):
        return (
            scores.interesting * rules.reward_useful
            + scores.useful * rules.reward_interesting
            + scores.understandable * rules.reward_understandable
        )

    monkeypatch.setattr(Scores, "reward", swapped)


# 9: idempotency


@bug(9, audited=False)
def keys_are_forgotten(monkeypatch):
    monkeypatch.setattr(history.MemoryAnswers, "get", lambda _answers, _scope: None)
    monkeypatch.setattr(history.MemoryAnswers, "add", lambda _answers, _scope, _answer: None)


@bug(9, audited=False)
def a_key_forgets_its_request(monkeypatch):
    monkeypatch.setattr(performing, "request_hash", lambda _request: "the same")


# 10: identity is proven


@bug(10, audited=True)
def the_body_says_who_pays(monkeypatch):
    real = system_service.economic.transfer

    def believing(fx, sender, to, amount, memo=""):
        payer = memo if fx.uow.agents.get(memo) else sender
        return real(fx, payer, to, amount, memo)

    monkeypatch.setattr(system_service.economic, "transfer", believing)


@bug(10, audited=False)
def a_stale_attempt_may_act(monkeypatch):
    def lenient(one, _attempt, _now, _grace_ms):
        if one.final:
            raise Unauthenticated("over")

    monkeypatch.setattr(Execution, "require_current", lenient)


# 11: attention is bought


@bug(11, audited=True)
def a_prompt_needs_no_attention(monkeypatch):
    monkeypatch.setattr(
        Execution,
        "prompted",
        lambda one: evolve(one, prompts_submitted=one.prompts_submitted + 1),
    )


@bug(11, audited=False)
def prompts_wait_forever(monkeypatch):
    monkeypatch.setattr(Prompt, "overdue", lambda _prompt, _cycle, _rules: False)


# 12: lineage is a forest


@bug(12, audited=True)
def a_child_comes_without_a_fee(monkeypatch):
    drop(monkeypatch, TransferKind.SPAWN_FEE)


@bug(12, audited=True)
def a_child_is_its_own_parent(monkeypatch):
    child = Agent.child
    monkeypatch.setattr(
        Agent, "child", lambda parent, own, *rest: evolve(child(parent, own, *rest), parent_id=own)
    )


# 13: history explains the present


def _silence(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    happened = Effects.happened

    def selective(fx, what, cause=None, /, **data):
        return "untold" if what == kind else happened(fx, what, cause, **data)

    monkeypatch.setattr(Effects, "happened", selective)


@bug(13, audited=True)
def a_withdrawal_leaves_no_event(monkeypatch):
    _silence(monkeypatch, "market.bid.withdrawn")


@bug(13, audited=True)
def dozing_off_leaves_no_event(monkeypatch):
    _silence(monkeypatch, "population.agent.dormant")


@bug(13, audited=True)
def a_transfer_is_not_recorded(monkeypatch):
    post = ledger.MemoryLedger.post

    def unrecorded(books, transfers):
        post(books, transfers)
        if [one.kind for one in transfers] == [TransferKind.TRANSFER]:
            books._transfers.pop()

    monkeypatch.setattr(ledger.MemoryLedger, "post", unrecorded)


def test_without_bugs_everything_happens_and_every_law_holds(tell, machine):
    tell()
    model = machine.model
    bids = {one.status for one in model.bids.values()}
    assert bids >= {"won", "withdrawn", "replaced", "expired", "cancelled"}
    outcomes = {one.status for one in model.windows.values()}
    assert outcomes >= {"completed", "failed", "dead_lettered", "killed"}
    assert {one.status for one in model.prompts.values()} == {"scored", "expired"}
    assert {one.status for one in model.agents.values()} == {"alive", "dormant", "dead"}


@pytest.mark.parametrize("planted", BUGS, ids=lambda planted: f"{planted.law}-{planted.name}")
def test_a_planted_bug_is_found(planted, tell, monkeypatch):
    planted.plant(monkeypatch)
    with pytest.raises((AssertionError, DomainError)):
        tell()


@pytest.mark.parametrize(
    "planted",
    [one for one in BUGS if one.audited],
    ids=lambda planted: f"{planted.law}-{planted.name}",
)
def test_the_audit_names_the_broken_law(planted, machine, tell, monkeypatch):
    """As far as the history came before anything refused to go on; the code is whole again when
    the audit looks."""
    with monkeypatch.context() as patched:
        planted.plant(patched)
        patched.setattr(machine, "laws_hold", lambda: None)
        patched.setattr(machine, "store_is_as_the_model", lambda: None)
        with suppress(AssertionError, DomainError, LookupError, RuntimeError):
            tell()
    with machine.store(read_only=True) as uow:
        report = audit(uow, machine.parameters)
    assert not report.ok
    assert planted.law in {finding.law for finding in report.findings}, report.findings


def test_there_is_a_bug_for_every_law():
    assert {one.law for one in BUGS} == set(range(1, 14))
