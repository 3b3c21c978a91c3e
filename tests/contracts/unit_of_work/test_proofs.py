"""What a database proves set-based is what a look at every row would find, right and wrong."""

import pytest
from tests.unit.application.conftest import SEEING, founded

from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.store import SqlStore
from syntropism.application.commands import windows
from syntropism.application.commands.prompting import score_prompt
from syntropism.application.queries.audit import audit, looked_at
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import MICRO
from syntropism.domain.execution.executions import ExecutionStatus, Usage
from syntropism.domain.market.resources import Bundle

PLAIN = Bundle("0.5", 64, 10)


def lived(town):
    """Bids that were won, lost, withdrawn and are open; windows that completed, failed, were
    given back, lost for good and are running; payments, a prompt and a child."""
    town.born("eve", bundle=SEEING)
    names = {name: town.born(name, bundle=PLAIN) for name in ("ada", "bob", "cyd")}
    names["dan"] = town.born("dan", bundle=None)
    town.clear()
    identities = town.lives()
    service = town.service
    for who in identities:
        service.transfer(
            who, names["dan" if who.agent_id != names["dan"] else "ada"], MICRO, "", None
        )
        if town.window(who.execution_id).bundle.attention_share:
            prompt = service.submit_prompt(who, "look", MICRO, None)
            town.do(lambda fx, one=prompt: score_prompt(fx, one["id"], Scores(1, 2, 3), "somebody"))
    for place, who in enumerate(identities):
        status = ExecutionStatus.FAILED if place == 1 else ExecutionStatus.COMPLETED
        town.do(
            lambda fx, who=who, status=status: windows.end_window(
                fx,
                who.execution_id,
                who.attempt,
                status,
                Usage(cpu_ms=5),
                exit_code=0,
                detail="",
                log="",
                env={},
            )
        )
    town.close()
    for name in ("fay", "gus", "hal"):
        town.born(name, bundle=PLAIN)
    town.clear()
    first, second, *_ = town.lives()
    for _ in range(town.rules.parameters.max_attempts):
        current = town.window(first.execution_id)
        town.do(lambda fx, one=current: windows.lose_window(fx, one.id, one.attempt, "lost", {}))
        town.lives()
    town.service.transfer(second, names["ada"], MICRO, "", None)
    town.born("ian", bundle=PLAIN)
    leaving = town.born("joe", bundle=PLAIN)
    bid = town.ask(lambda uow: uow.bids.open_for(leaving))
    town.withdraw(leaving, bid.id)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request, tmp_path_factory):
    """A town in a database, which tests look at and undo what they do."""
    clock = SimulatedClock()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('proofs')}/town.db"
    else:
        url = request.getfixturevalue("postgres").fresh()
    store = SqlStore(url, clock)
    town = founded(store, clock)
    lived(town)
    yield town
    store.close()


def test_a_sound_history_is_proven_and_counted_like_row_by_row(told):
    with told.store(read_only=True) as uow:
        proof = uow.proofs.bids_and_windows()
        assert proof is not None
        slow, quick = (looked_at(uow, told.rules.parameters, one) for one in (None, proof))
        assert slow.ok
        assert quick == slow == audit(uow, told.rules.parameters)
        assert 0 < len(proof.notable) < proof.executions


def test_what_is_kept_in_memory_is_looked_at_row_by_row(town):
    with town.store(read_only=True) as uow:
        proof = uow.proofs.bids_and_windows()
        assert proof is None or (proof.bids, proof.executions, proof.events) == (0, 0, 0)


WON = "id = (SELECT min(id) FROM bids WHERE status = 'won')"
OPEN = "id = (SELECT min(id) FROM bids WHERE status = 'open')"
LOST = "id = (SELECT min(id) FROM bids WHERE status = 'withdrawn')"
LIVED = "id = (SELECT min(id) FROM executions WHERE status = 'completed')"
RUNS = "id = (SELECT min(id) FROM executions WHERE status = 'running')"
ITS_HOLD = f"id = (SELECT hold_id FROM bids WHERE {WON})"
OTHER_AGENT = "(SELECT min(id) FROM agents WHERE name = 'dan')"

BROKEN = (
    f"UPDATE bids SET status = 'expired' WHERE {WON}",
    f"UPDATE bids SET status = 'won' WHERE {LOST}",
    f"UPDATE bids SET payment = payment + 1 WHERE {WON}",
    f"UPDATE bids SET payment = 1 WHERE {LOST}",
    f"UPDATE bids SET payment = NULL WHERE {WON}",
    f"UPDATE bids SET main_amount = main_amount + 1 WHERE {OPEN}",
    f"UPDATE bids SET main_reserve = payment + 1 WHERE {WON}",
    f"UPDATE bids SET main_memory_milli_mb = main_memory_milli_mb + 1 WHERE {WON}",
    f"UPDATE bids SET main_further = '{{\"gpu\":1}}' WHERE {WON}",
    f"UPDATE bids SET payer = 'treasury' WHERE {WON}",
    f"UPDATE bids SET payer = 'treasury' WHERE {LOST}",
    f"UPDATE bids SET ended_cycle = ended_cycle + 1 WHERE {WON}",
    f"UPDATE bids SET won_fallback = true WHERE {WON}",
    f"UPDATE holds SET amount = amount + 1 WHERE {ITS_HOLD}",
    f"UPDATE holds SET reference = 'x' WHERE {ITS_HOLD}",
    f"UPDATE holds SET purpose = 'prompt' WHERE {ITS_HOLD}",
    f"UPDATE holds SET status = 'open' WHERE {ITS_HOLD}",
    f"UPDATE holds SET payer = 'treasury' WHERE {ITS_HOLD}",
    f"UPDATE executions SET payment = payment + 1 WHERE {LIVED}",
    f"UPDATE executions SET cycle = cycle + 1 WHERE {LIVED}",
    f"UPDATE executions SET cpu_ms = cpu_ms + 1 WHERE {LIVED}",
    f"UPDATE executions SET payer = 'treasury' WHERE {LIVED}",
    f"UPDATE executions SET status = 'timed_out' WHERE {LIVED}",
    f"UPDATE executions SET status = 'leased' WHERE {RUNS}",
    f"UPDATE executions SET deleted_at = NULL WHERE {LIVED}",
    f"UPDATE executions SET deleted_at = NULL, ended_cycle = NULL WHERE {LIVED}",
    f"UPDATE executions SET ended_cycle = 1, deleted_at = queued_at WHERE {RUNS}",
    f"UPDATE executions SET refunded = true WHERE {LIVED}",
    "UPDATE executions SET refunded = false WHERE refunded",
    f"UPDATE executions SET prompts_submitted = 1 WHERE {LIVED}",
    f"UPDATE executions SET agent_id = {OTHER_AGENT} WHERE {LIVED}",
    f"DELETE FROM executions WHERE {LIVED}",
    "DELETE FROM dead_letters",
    *(
        broken.format(kind=kind)
        for kind in ("bid_held", "payment", "bid_returned")
        for broken in (
            "UPDATE transfers SET amount = amount + 1 WHERE kind = '{kind}'",
            "DELETE FROM transfers WHERE id = (SELECT min(id) FROM transfers "
            "WHERE kind = '{kind}')",
            "INSERT INTO transfers SELECT 'again', debit, credit, amount, kind, created_at, "
            "reference, memo FROM transfers WHERE id = (SELECT min(id) FROM transfers "
            "WHERE kind = '{kind}')",
            "UPDATE transfers SET kind = 'transfer' WHERE id = (SELECT min(id) FROM transfers "
            "WHERE kind = '{kind}')",
        )
    ),
    f"UPDATE transfers SET debit = {OTHER_AGENT} WHERE id = (SELECT min(id) FROM transfers "
    "WHERE kind = 'bid_held')",
    f"UPDATE transfers SET credit = {OTHER_AGENT} WHERE id = (SELECT min(id) FROM transfers "
    "WHERE kind = 'bid_returned')",
    *(
        broken.format(event=event)
        for event in (
            "market.bid.placed",
            "market.bid.won",
            "market.bid.withdrawn",
            "execution.run.queued",
            "execution.run.leased",
            "execution.run.started",
            "execution.run.requeued",
            "execution.run.terminated",
        )
        for broken in (
            "DELETE FROM events WHERE sequence = (SELECT min(sequence) FROM events "
            "WHERE type = '{event}')",
            "INSERT INTO events SELECT (SELECT max(sequence) + 1 FROM events), 'again', type, "
            "created_at, data, correlation_id, causation_id, user_id FROM events "
            "WHERE sequence = (SELECT min(sequence) FROM events WHERE type = '{event}')",
            "UPDATE events SET sequence = 1 - (SELECT max(sequence) FROM events) + sequence "
            "WHERE sequence <> (SELECT min(sequence) FROM events WHERE type = '{event}')",
        )
    ),
    *(
        "UPDATE events SET sequence = (SELECT max(sequence) + 1 FROM events) WHERE sequence = "
        f"(SELECT min(sequence) FROM events WHERE type = '{event}')"
        for event in (
            "market.bid.placed",
            "execution.run.queued",
            "execution.run.leased",
            "execution.run.started",
            "execution.run.requeued",
        )
    ),
    f"UPDATE events SET user_id = {OTHER_AGENT} WHERE type = 'economy.credits.transferred'",
    "UPDATE events SET correlation_id = (SELECT max(id) FROM executions) "
    "WHERE type = 'economy.credits.transferred'",
    "UPDATE events SET correlation_id = 'x' WHERE type = 'attention.prompt.submitted'",
    "UPDATE events SET sequence = (SELECT max(sequence) + 1 FROM events) "
    "WHERE sequence = (SELECT min(sequence) FROM events "
    "WHERE type = 'economy.credits.transferred')",
    "DELETE FROM events WHERE sequence = (SELECT min(sequence) FROM events "
    "WHERE type = 'economy.credits.transferred')",
    "DELETE FROM events WHERE type = 'attention.prompt.scored'",
    "DELETE FROM events WHERE type = 'population.agent.spawned'",
)


def test_whatever_is_wrong_is_not_proven(told):
    parameters = told.rules.parameters
    overlooked, harmless = [], []
    for statement in BROKEN:
        with told.store() as uow:  # and never committed
            uow.bids._transaction.connection.exec_driver_sql(statement)
            proof = uow.proofs.bids_and_windows()
            if proof is not None and looked_at(uow, parameters, proof).ok:
                overlooked.append(statement)
            files = uow.bids._transaction.dialect_name == "sqlite"
            if files and looked_at(uow, parameters, None).ok:
                harmless.append(statement)
    assert harmless == [], "\n".join(harmless)
    assert overlooked == []
