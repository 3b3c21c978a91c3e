"""Threads on one store: nothing is lost, nothing is done twice (laws 3, 6 and 9)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemIds
from syntropism.application.commands import cycle_steps, settling, windows
from syntropism.application.commands.economic import transfer
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.leading import take_lead
from syntropism.application.commands.performing import perform
from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.effects import Effects
from syntropism.application.rules import Rules
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, InsufficientCredits
from syntropism.domain.market.auction import clear_round
from syntropism.testing import check_laws

THREADS = 8
RULES = Rules(EconomicParameters(), SystemIds())


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path):
    clock = SimulatedClock()
    if request.param == "memory":
        yield MemoryStore(clock)
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/economy.db"
    else:
        url = request.getfixturevalue("postgres_url")
    sql = SqlStore(url, clock)
    yield sql
    sql.close()


@pytest.fixture
def people(store):
    """Two agents with 100 credits each."""
    born = []
    with store() as uow:
        fx = Effects(uow, RULES, "test")
        found_economy(fx, None)
        for name in ("ada", "bob"):
            request = BirthRequest(name, 100 * MICRO, {"main.py": b""})
            born.append(create_agent(fx, request, bids=False).id)
        uow.commit()
    return born


def at_once(task, times=THREADS):
    """Runs ``task(number)`` in as many threads, all released together; the answers in order."""
    barrier = Barrier(times)

    def run(number):
        barrier.wait(10)
        return task(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def pay(store, payer, receiver, amount, key):
    """A transfer under an idempotency key."""

    def command(uow):
        return transfer(Effects(uow, RULES, payer), payer, receiver, amount)

    return perform(store, f"{payer}:transfer", key, {"amount": amount}, command)


def balance(store, account):
    with store(read_only=True) as uow:
        return uow.ledger.balances([account])[account]


def test_duplicates_under_one_key_have_one_effect_and_one_answer(store, people):
    ada, bob = people
    answers = at_once(lambda _: pay(store, ada, bob, 7 * MICRO, "once"))
    assert len({str(answer) for answer in answers}) == 1
    assert balance(store, bob) == 107 * MICRO
    with store(read_only=True) as uow:
        check_laws(uow, RULES.parameters)


def test_a_refusal_is_remembered_for_all_duplicates(store, people):
    ada, bob = people

    def refused(_):
        with pytest.raises(InsufficientCredits) as refusal:
            pay(store, ada, bob, 500 * MICRO, "once")
        return str(refusal.value)

    assert len(set(at_once(refused))) == 1
    pay(store, bob, ada, 100 * MICRO, None)
    assert refused(0), "the answer stays, even when the credits are there by now"
    assert balance(store, ada) == 200 * MICRO


def test_a_key_that_is_looked_up_in_another_transaction_protects_nobody(store, people):
    """The planted bug of law 9, so that the test above is known to be able to fail."""
    ada, bob = people
    everyone_has_looked = Barrier(THREADS)

    def careless(_):
        with store(read_only=True) as uow:
            known = uow.answers.get(f"{ada}:transfer:once")
        everyone_has_looked.wait(10)
        if known is None:
            pay(store, ada, bob, 7 * MICRO, None)

    at_once(careless)
    assert balance(store, bob) == (100 + 7 * THREADS) * MICRO


def test_concurrent_payments_never_overdraw(store, people):
    ada, bob = people

    def spend(_):
        paid = 0
        for _attempt in range(5):
            try:
                pay(store, ada, bob, 9 * MICRO, None)
                paid += 1
            except InsufficientCredits:
                pass
        return paid

    assert sum(at_once(spend)) == 11, "100 credits buy exactly eleven times nine"
    assert balance(store, ada) == 1 * MICRO
    with store(read_only=True) as uow:
        check_laws(uow, RULES.parameters)


def test_payments_in_a_circle_neither_deadlock_nor_lose_anything(store, people):
    ada, bob = people

    def swap(number):
        payer, receiver = (ada, bob) if number % 2 else (bob, ada)
        for _ in range(10):
            pay(store, payer, receiver, 3 * MICRO, None)

    at_once(swap)
    assert (balance(store, ada), balance(store, bob)) == (100 * MICRO, 100 * MICRO)


def settle_two_winners(store):
    """A cycle with two winners, settled by eight threads at once."""
    with store() as uow:
        fx = Effects(uow, RULES, "test")
        for name in ("cyd", "dan"):
            create_agent(fx, BirthRequest(name, 100 * MICRO, {"main.py": b""}))
        cycle_steps.open_cycle(fx)
        cycle = cycle_steps.freeze(fx, 1)
        bids = cycle_steps.order_book(fx, 1)
        uow.commit()
    result = clear_round(bids, cycle.free, cycle.prices, RULES.parameters, cycle.held)
    assert len(result.wins) == 2

    def settle(_):
        with store() as uow:
            settling.settle(Effects(uow, RULES, "orchestrator"), 1, result)
            uow.commit()

    at_once(settle)


def test_a_cycle_settled_by_everybody_at_once_charges_once(store, people):
    settle_two_winners(store)
    with store(read_only=True) as uow:
        assert len(uow.executions.unfinished()) == 2
        check_laws(uow, RULES.parameters)


def test_workers_never_lease_the_same_window(store, people):
    settle_two_winners(store)

    def lease(number):
        with store() as uow:
            leased = windows.lease_windows(Effects(uow, RULES, "w"), f"worker-{number}", 1, 60_000)
            uow.commit()
            return [one.id for one in leased]

    leased = Counter(window for found in at_once(lease) for window in found)
    assert sorted(leased.values()) == [1, 1]


def test_exactly_one_of_many_candidates_leads(store, people):
    def run(number):
        with store() as uow:
            try:
                lead = take_lead(uow, f"candidate-{number}", 30_000)
            except Conflict:
                return None
            uow.commit()
            return lead

    assert len([lead for lead in at_once(run) if lead]) == 1
