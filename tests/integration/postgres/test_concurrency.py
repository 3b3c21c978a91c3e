"""Many at once on a server: nothing is lost, nothing is done twice; and without the locks, their
order or the keys these very tests fail."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from threading import Barrier

import pytest
from tests.properties.laws.test_concurrency import at_once, settle_two_winners
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql import answers, ledger
from syntropism.adapters.sql.postgres_transaction import PostgresTransaction
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.application.commands import windows
from syntropism.application.commands.leading import require_lead, take_lead
from syntropism.application.commands.performing import perform
from syntropism.application.effects import Effects
from syntropism.application.ports.unit_of_work import TryAgain
from syntropism.application.retrying import retried
from syntropism.application.rules import Rules
from syntropism.domain.economy.accounts import MINT_GENESIS
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.errors import Conflict, InsufficientCredits

THREADS = 6
RULES = Rules(EconomicParameters(), SystemIds())
PEOPLE = [f"agent-{number}" for number in range(4)]
RICH = 1_000_000


def moved(store, debit: str, credit: str, amount: int) -> Transfer:
    kind = TransferKind.ENDOWMENT if debit == MINT_GENESIS else TransferKind.TRANSFER
    return Transfer(RULES.ids.new(), debit, credit, amount, kind, SystemClock().now())


def populate(store) -> None:
    with store() as uow:
        for name in PEOPLE:
            uow.ledger.open_account(name)
            uow.ledger.post([moved(store, MINT_GENESIS, name, RICH)])
        uow.commit()


def everything_adds_up(store) -> dict[str, int]:
    """Stored balances are those that the transfers explain."""
    with store(read_only=True) as uow:
        stored, replayed = uow.ledger.all_balances(), uow.ledger.replayed_balances()
    assert sum(stored.values()) == 0
    assert {name: stored[name] for name in replayed} == replayed
    assert min(stored[name] for name in PEOPLE) >= 0
    return stored


def transfers_in_opposite_directions(store, rounds: int = 40) -> None:
    """In batches over all accounts, each thread in an order of its own; nothing has to be tried
    again, because whoever locks, locks in the same order."""
    populate(store)

    def swap(number: int) -> None:
        order = PEOPLE if number % 2 else PEOPLE[::-1]
        for _ in range(rounds):
            with store() as uow:
                pairs = pairwise(order)
                uow.ledger.post([moved(store, one, two, 3) for one, two in pairs])
                uow.commit()

    at_once(swap, THREADS)
    assert everything_adds_up(store)[PEOPLE[1]] == RICH


def a_hot_account(store, rounds: int = 15) -> None:
    """Everybody pays one, who pays everybody; and nobody spends what it has not."""
    populate(store)
    hot, refused = PEOPLE[0], count()

    def pay(number: int) -> None:
        mine = PEOPLE[1 + number % 3]
        for round_ in range(rounds):
            try:
                with store() as uow:
                    uow.ledger.post([moved(store, mine, hot, 1 + RICH * (round_ % 5 == 4))])
                    uow.commit()
            except InsufficientCredits:
                next(refused)
            with store() as uow:
                uow.ledger.post([moved(store, hot, mine, 2)])
                uow.commit()

    at_once(pay, THREADS)
    everything_adds_up(store)


def one_request_repeated_at_once(store) -> None:
    """Under one key; all get one answer."""
    populate(store)

    def command(uow):
        one = moved(store, PEOPLE[0], PEOPLE[1], 7)
        uow.ledger.post([one])
        return {"transfer": one.id}

    answers = at_once(lambda _: perform(store, "ada:transfer", "once", {"a": 7}, command), THREADS)
    assert len({str(answer) for answer in answers}) == 1
    assert everything_adds_up(store)[PEOPLE[1]] == RICH + 7


SCENARIOS = [transfers_in_opposite_directions, a_hot_account, one_request_repeated_at_once]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_many_at_once(store, scenario):
    scenario(store)


def test_accounts_locked_in_order_of_arrival_are_found_out(store, monkeypatch):
    post = ledger.SqlLedger.post

    def careless(one, batch):
        for name in (name for each in batch for name in (each.debit, each.credit)):
            one.balances([name])
        post(one, batch)

    monkeypatch.setattr(ledger.SqlLedger, "post", careless)
    with pytest.raises(TryAgain, match="collided"):
        transfers_in_opposite_directions(store)


def test_balances_read_without_a_lock_are_found_out(store, monkeypatch):
    made = PostgresTransaction.__init__

    def unlocked(one, *arguments, **options):
        made(one, *arguments, **options)
        one._locks = False

    monkeypatch.setattr(PostgresTransaction, "__init__", unlocked)
    with pytest.raises((AssertionError, TryAgain)):  # updates are lost, or deadlock
        a_hot_account(store, rounds=60)


def test_keys_that_are_neither_waited_for_nor_unique_are_found_out(
    postgres, open_store, monkeypatch
):
    url = postgres.fresh()
    postgres.run(
        "ALTER TABLE idempotency_keys DROP CONSTRAINT pk_idempotency_keys", url.rpartition("/")[2]
    )
    monkeypatch.setattr(PostgresTransaction, "alone", lambda _one, _name: None)
    get, everyone_has_looked = answers.SqlAnswers.get, Barrier(THREADS)

    def looked(one, scope):
        known = get(one, scope)
        everyone_has_looked.wait(20)
        return known

    monkeypatch.setattr(answers.SqlAnswers, "get", looked)
    store = open_store(url)
    with pytest.raises(AssertionError):
        one_request_repeated_at_once(store)
    store.close()
    postgres.drop(url)


def test_a_deadlock_is_tried_again_from_the_start(store):
    """Two use cases that each want what the other has: both are done in the end."""
    populate(store)
    both_hold_one, runs = Barrier(2), Counter()

    @retried
    def crossing(first: str, second: str) -> None:
        runs[first] += 1
        with store() as uow:
            uow.ledger.balances([first])
            if runs[first] == 1:
                both_hold_one.wait(10)
            uow.ledger.balances([second])
            uow.ledger.post([moved(store, first, second, 5)])
            uow.commit()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(crossing, *PEOPLE[:2]), pool.submit(crossing, *PEOPLE[1::-1])]:
            done.result(30)
    assert sum(runs.values()) == 3
    everything_adds_up(store)


def test_orchestrators_that_steal_the_lead_from_each_other(store):
    """Each elected one gets a fence of its own, and only the last may act."""

    def campaign(number: int):
        leads = []
        for _ in range(10):
            with store() as uow:
                leads.append(take_lead(uow, f"replica-{number}", 30_000, vacant=True))
                uow.commit()
        return leads

    leads = [lead for found in at_once(campaign, 4) for lead in found]
    elected = {(lead.holder, lead.fence) for lead in leads}
    assert len({fence for _, fence in elected}) == len(elected)
    latest = max(elected, key=lambda one: one[1])
    for lead in leads:
        with store() as uow:
            if (lead.holder, lead.fence) == latest:
                require_lead(uow, lead)
            else:
                with pytest.raises(Conflict, match="no longer leads"):
                    require_lead(uow, lead)


def test_windows_are_leased_once_and_nobody_waits_for_another(open_store):
    clock = SimulatedClock()
    store = open_store(clock=clock)
    founded(store, clock)
    settle_two_winners(store)
    with store() as first:
        mine = windows.lease_windows(Effects(first, RULES, "w"), "one", 1, 60_000)
        with ThreadPoolExecutor(1) as pool:

            def lease():
                with store() as uow:
                    found = windows.lease_windows(Effects(uow, RULES, "w"), "two", 9, 60_000)
                    uow.commit()
                    return found

            theirs = pool.submit(lease).result(10)
        first.commit()
    assert len(mine) == len(theirs) == 1
    assert mine[0].id != theirs[0].id


PROGRAM = """
import json, sys, time
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.application.retrying import retried
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring

container = Container(wiring=Wiring(database=sys.argv[1]))
store = container.store()

@retried
def found():
    with store() as uow:
        found_economy(Effects(uow, container.rules(), "test"), None)
        uow.commit()

found()
request = BirthRequest("ada", 100_000_000, {"main.py": b""})
made = [container.operators().create_agent(LOCAL, request, f"key-{n}")["id"] for n in range(5)]
print(json.dumps(made))
"""


def test_processes_together_found_one_economy_and_do_each_thing_once(postgres):
    url = postgres.empty()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * 3, told
    assert len({out for out, _ in told}) == 1
    store = SqlStore(url)
    with store(read_only=True) as uow:
        assert len(uow.agents.everyone()) == 5
        assert uow.ledger.balances(["treasury"])["treasury"] == 10_000_000_000
    store.close()
    postgres.drop(url)
