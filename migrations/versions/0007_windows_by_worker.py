"""What a worker has is found without looking at what others have."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UNDER_WAY = sa.text("status IN ('leased', 'running')")


def upgrade() -> None:
    op.create_index(
        "idx_executions_worker_id_under_way",
        "executions",
        ["worker_id", "id"],
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )


def downgrade() -> None:
    op.drop_index("idx_executions_worker_id_under_way", "executions")
