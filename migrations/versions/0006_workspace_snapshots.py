"""Which snapshots are the later versions of workspaces."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "workspace_snapshots",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "version", name="pk_workspace_snapshots"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_workspace_snapshots_agents"),
    )


def downgrade() -> None:
    op.drop_table("workspace_snapshots")
