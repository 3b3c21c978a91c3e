"""The whole schema of the first release.

Rows are kept for good; ``deleted_at`` says when what a row stands for ended. Balances of the
mints and of ``burn`` are sums over ``transfers``, read from its two covering indexes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
ACCOUNT = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
VERBATIM = sa.JSON(none_as_null=True)

TABLES = (
    "accounts",
    "agents",
    "cycles",
    "events",
    "idempotency_keys",
    "leases",
    "market_state_history",
    "market_states",
    "operators",
    "transfers",
    "holds",
    "messages",
    "workspaces",
    "bids",
    "executions",
    "dead_letters",
    "execution_logs",
    "prompts",
    "responses",
)
"""In the order in which they are made: what refers comes after what it refers to."""


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ACCOUNT, nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("balance >= 0", name="ck_accounts_balance"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "agents",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("parent_id", ID),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("born_cycle", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("dormant_cycles", sa.Integer(), nullable=False),
        sa.Column("cooldown_until", sa.Integer(), nullable=False),
        sa.Column("died_cycle", sa.Integer()),
        sa.Column("cause_of_death", sa.String(16)),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.ForeignKeyConstraint(["parent_id"], ["agents.id"], name="fk_agents_agents"),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
    )
    op.create_index("idx_agents_name", "agents", ["name"])
    op.create_index("idx_agents_status", "agents", ["status", "id"])

    op.create_table(
        "cycles",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("prices", DOCUMENT, nullable=False),
        sa.Column("capacity", DOCUMENT, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("held", DOCUMENT, nullable=False),
        sa.Column("free", DOCUMENT, nullable=False),
        sa.Column("certificate", DOCUMENT),
        sa.Column("next_prices", DOCUMENT),
        sa.Column("births", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("losses", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_cycles"),
    )

    op.create_table(
        "events",
        sa.Column("sequence", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("data", VERBATIM, nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("causation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("idx_events_id", "events", ["id"], unique=True)

    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("document", VERBATIM, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_idempotency_keys"),
    )

    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )

    op.create_table(
        "market_state_history",
        sa.Column("cycle", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resource", sa.String(32), nullable=False),
        sa.Column("price_pico", sa.BigInteger(), nullable=False),
        sa.Column("capacity_milli", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("cycle", "resource", name="pk_market_state_history"),
    )

    op.create_table(
        "market_states",
        sa.Column("resource", sa.String(32), nullable=False),
        sa.Column("price_pico", sa.BigInteger(), nullable=False),
        sa.Column("capacity_milli", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("resource", name="pk_market_states"),
    )

    op.create_table(
        "operators",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operators"),
    )
    op.create_index("idx_operators_token_hash", "operators", ["token_hash"], unique=True)

    op.create_table(
        "transfers",
        sa.Column("id", ID, nullable=False),
        sa.Column("debit", ACCOUNT, nullable=False),
        sa.Column("credit", ACCOUNT, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_transfers_amount"),
        sa.CheckConstraint("debit <> credit", name="ck_transfers_parties"),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sqlite_with_rowid=False,
    )
    op.create_index("idx_transfers_credit", "transfers", ["credit", "id", "amount"])
    op.create_index("idx_transfers_debit", "transfers", ["debit", "id", "amount"])

    op.create_table(
        "holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("payer", ACCOUNT, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.CheckConstraint("amount >= 0", name="ck_holds_amount"),
        sa.CheckConstraint("balance >= 0", name="ck_holds_balance"),
        sa.ForeignKeyConstraint(["payer"], ["accounts.id"], name="fk_holds_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "idx_holds_payer_open",
        "holds",
        ["payer", "id"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )

    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("sender", ID, nullable=False),
        sa.Column("recipient", ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT),
        sa.ForeignKeyConstraint(["recipient"], ["agents.id"], name="fk_messages_agents_recipient"),
        sa.ForeignKeyConstraint(["sender"], ["agents.id"], name="fk_messages_agents_sender"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("idx_messages_recipient", "messages", ["recipient", "id"])
    op.create_index(
        "idx_messages_recipient_unread",
        "messages",
        ["recipient", "id"],
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )

    op.create_table(
        "workspaces",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_workspaces_agents"),
        sa.PrimaryKeyConstraint("agent_id", "version", "path", name="pk_workspaces"),
    )

    op.create_table(
        "bids",
        sa.Column("id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("payer", ACCOUNT, nullable=False),
        sa.Column("hold_id", ID, nullable=False),
        sa.Column("main_cpu_ms", sa.BigInteger(), nullable=False),
        sa.Column("main_memory_milli_mb", sa.BigInteger(), nullable=False),
        sa.Column("main_duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("main_tokens", sa.BigInteger(), nullable=False),
        sa.Column("main_attention_share", sa.BigInteger(), nullable=False),
        sa.Column("main_amount", sa.BigInteger(), nullable=False),
        sa.Column("main_reserve", sa.BigInteger(), nullable=False),
        sa.Column("fallback_cpu_ms", sa.BigInteger()),
        sa.Column("fallback_memory_milli_mb", sa.BigInteger()),
        sa.Column("fallback_duration_ms", sa.BigInteger()),
        sa.Column("fallback_tokens", sa.BigInteger()),
        sa.Column("fallback_attention_share", sa.BigInteger()),
        sa.Column("fallback_amount", sa.BigInteger()),
        sa.Column("fallback_reserve", sa.BigInteger()),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("placed_cycle", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("frozen_cycle", sa.Integer()),
        sa.Column("payment", sa.BigInteger()),
        sa.Column("won_fallback", sa.Boolean(), nullable=False),
        sa.Column("ended_cycle", sa.Integer()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.CheckConstraint("payment IS NULL OR payment >= 0", name="ck_bids_payment"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_bids_agents"),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name="fk_bids_holds"),
        sa.ForeignKeyConstraint(["payer"], ["accounts.id"], name="fk_bids_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_bids"),
    )
    op.create_index("idx_bids_agent_id", "bids", ["agent_id", "id"])
    op.create_index(
        "idx_bids_agent_id_open",
        "bids",
        ["agent_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "idx_bids_frozen_cycle",
        "bids",
        ["frozen_cycle", "sequence"],
        sqlite_where=sa.text("frozen_cycle IS NOT NULL"),
        postgresql_where=sa.text("frozen_cycle IS NOT NULL"),
    )
    op.create_index("idx_bids_payer", "bids", ["payer", "id"])
    op.create_index("idx_bids_sequence", "bids", ["sequence"], unique=True)
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE bids_sequence OWNED BY bids.sequence")

    op.create_table(
        "executions",
        sa.Column("id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("bid_id", ID, nullable=False),
        sa.Column("payer", ACCOUNT, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("cpu_ms", sa.BigInteger(), nullable=False),
        sa.Column("memory_milli_mb", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("attention_share", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Text()),
        sa.Column("lease_expires_at", MOMENT),
        sa.Column("started_at", MOMENT),
        sa.Column("deadline", MOMENT),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("prompts_submitted", sa.Integer(), nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("ended_cycle", sa.Integer()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("used_cpu_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_memory_peak_bytes", sa.BigInteger(), nullable=False),
        sa.Column("used_wall_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_workspace_bytes", sa.BigInteger(), nullable=False),
        sa.Column("used_workspace_files", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("refunded", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_executions_agents"),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name="fk_executions_bids"),
        sa.ForeignKeyConstraint(["payer"], ["accounts.id"], name="fk_executions_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_executions"),
    )
    op.create_index("idx_executions_agent_id", "executions", ["agent_id", "id"])
    op.create_index(
        "idx_executions_agent_id_unfinished",
        "executions",
        ["agent_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'leased', 'running')"),
        postgresql_where=sa.text("status IN ('queued', 'leased', 'running')"),
    )
    op.create_index("idx_executions_bid_id", "executions", ["bid_id"], unique=True)
    op.create_index(
        "idx_executions_status_unfinished",
        "executions",
        ["status", "id"],
        sqlite_where=sa.text("status IN ('queued', 'leased', 'running')"),
        postgresql_where=sa.text("status IN ('queued', 'leased', 'running')"),
    )

    op.create_table(
        "dead_letters",
        sa.Column("id", ID, nullable=False),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("env", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("workspace_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("retry_bid_id", ID),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_dead_letters_agents"),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="fk_dead_letters_executions"
        ),
        sa.ForeignKeyConstraint(["retry_bid_id"], ["bids.id"], name="fk_dead_letters_bids"),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )
    op.create_index("idx_dead_letters_status", "dead_letters", ["status", "id"])

    op.create_table(
        "execution_logs",
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name="fk_execution_logs_executions"
        ),
        sa.PrimaryKeyConstraint("execution_id", "attempt", name="pk_execution_logs"),
    )

    op.create_table(
        "prompts",
        sa.Column("id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", ID),
        sa.Column("submitted_cycle", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("ended_cycle", sa.Integer()),
        sa.Column("interesting", sa.Integer()),
        sa.Column("useful", sa.Integer()),
        sa.Column("understandable", sa.Integer()),
        sa.Column("reward", sa.BigInteger()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.CheckConstraint("amount >= 0", name="ck_prompts_amount"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_prompts_agents"),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"], name="fk_prompts_executions"),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name="fk_prompts_holds"),
        sa.PrimaryKeyConstraint("id", name="pk_prompts"),
    )
    op.create_index("idx_prompts_agent_id", "prompts", ["agent_id", "id"])
    op.create_index(
        "idx_prompts_agent_id_queued",
        "prompts",
        ["agent_id", "id"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )

    op.create_table(
        "responses",
        sa.Column("id", ID, nullable=False),
        sa.Column("prompt_id", ID, nullable=False),
        sa.Column("interesting", sa.Integer(), nullable=False),
        sa.Column("useful", sa.Integer(), nullable=False),
        sa.Column("understandable", sa.Integer(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_responses_prompts"),
        sa.PrimaryKeyConstraint("id", name="pk_responses"),
    )
    op.create_index("idx_responses_prompt_id", "responses", ["prompt_id"], unique=True)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
