"""How far the history was published, and what its consumers have had already."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "positions",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("reader", name="pk_positions"),
    )
    op.create_table(
        "consumed_keys",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "key", name="pk_consumed_keys"),
    )
    op.create_index("idx_consumed_keys_created_at", "consumed_keys", ["consumer", "created_at"])


def downgrade() -> None:
    op.drop_table("consumed_keys")
    op.drop_table("positions")
