"""Resources beyond the four: what bundles ask for of them, and which a cycle cleared.

Mostly empty; no column of the four changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

COLUMNS = (("bids", "main_further"), ("bids", "fallback_further"), ("executions", "further"))


def upgrade() -> None:
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.Text()))
    op.add_column("cycles", sa.Column("resources", DOCUMENT))


def downgrade() -> None:
    op.drop_column("cycles", "resources")
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
