"""Every table of the schema, so that ``metadata`` is complete once this is imported."""

from syntropism.adapters.sql.agents import agents
from syntropism.adapters.sql.answers import idempotency_keys
from syntropism.adapters.sql.bids import bids
from syntropism.adapters.sql.consuming import consumed_keys, positions
from syntropism.adapters.sql.cycles import cycle_losses, cycles
from syntropism.adapters.sql.dead_letters import dead_letters
from syntropism.adapters.sql.events import events
from syntropism.adapters.sql.executions import execution_logs, executions
from syntropism.adapters.sql.holds import holds
from syntropism.adapters.sql.leases import leases
from syntropism.adapters.sql.ledger import accounts, transfers
from syntropism.adapters.sql.market_states import market_state_history, market_states
from syntropism.adapters.sql.messages import messages
from syntropism.adapters.sql.operators import operators
from syntropism.adapters.sql.prompts import prompts, responses
from syntropism.adapters.sql.schema import metadata
from syntropism.adapters.sql.workers import workers
from syntropism.adapters.sql.workspaces import workspace_snapshots, workspaces

__all__ = [
    "accounts",
    "agents",
    "bids",
    "consumed_keys",
    "cycle_losses",
    "cycles",
    "dead_letters",
    "events",
    "execution_logs",
    "executions",
    "holds",
    "idempotency_keys",
    "leases",
    "market_state_history",
    "market_states",
    "messages",
    "metadata",
    "operators",
    "positions",
    "prompts",
    "responses",
    "transfers",
    "workers",
    "workspace_snapshots",
    "workspaces",
]
