"""A process that publishes the history of a database until it is killed."""

import sys
import time

from tests.integration.nats.history import publishing

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock
from syntropism.application import publishing as module

module.LEASE_MS = 200  # whoever is killed is followed soon
module.BATCH = 7
gateway = publishing(sys.argv[1], SqlStore(sys.argv[2], SystemClock()))
gateway.start()
sys.stdout.write("started\n")
sys.stdout.flush()
while True:
    time.sleep(1)
