"""Several processes on one file: an operator's commands beside a run."""

import json
import subprocess
import sys
import time

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock

PROCESSES = 3

PROGRAM = """
import json, sys, time
from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.domain.errors import DomainError
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring

url, start = sys.argv[1], float(sys.argv[2])
container = Container(wiring=Wiring(database=url))
time.sleep(max(0.0, start - time.time()))
store = container.store()
with store() as uow:
    found_economy(Effects(uow, container.rules(), "test"), None)
    uow.commit()
request = BirthRequest("ada", 100_000_000, {"main.py": b""})
answers = []
for number in range(6):
    answers.append(container.operators().create_agent(LOCAL, request, f"key-{number}")["id"])
print(json.dumps(answers))
"""


def test_together_they_found_one_economy_and_do_each_thing_once(url):
    start = str(time.time() + 2.0)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, start],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    told = [process.communicate(timeout=90) for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES, told
    answers = [json.loads(out) for out, _ in told]
    assert all(answer == answers[0] for answer in answers)
    store = SqlStore(url, SystemClock())
    with store(read_only=True) as uow:
        assert [agent.id for agent in uow.agents.everyone()] == sorted(answers[0])
        assert uow.ledger.balances(["treasury"])["treasury"] == 10_000_000_000
    store.close()
