"""The losses of a cycle move into a table of their own.

They take megabytes after a large round, and a row is written as a whole: every step of the cycle
wrote them again. The text becomes one JSON list per column instead of one per loss.
"""

from json import dumps, loads

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS = 3


def upgrade() -> None:
    op.create_table(
        "cycle_losses",
        sa.Column("cycle", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("losses", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["cycle"], ["cycles.number"], name="fk_cycle_losses_cycles"),
        sa.PrimaryKeyConstraint("cycle", name="pk_cycle_losses"),
    )
    execute = op.get_bind().exec_driver_sql
    execute(
        "INSERT INTO cycle_losses SELECT number, losses, updated_at FROM cycles "
        "WHERE losses IS NOT NULL"
    )
    _rewrite(lambda rows: [list(column) for column in zip(*rows, strict=True)] or [[]] * COLUMNS)
    op.drop_column("cycles", "losses")


def downgrade() -> None:
    op.add_column("cycles", sa.Column("losses", sa.Text()))
    _rewrite(lambda columns: list(zip(*columns, strict=True)))
    op.get_bind().exec_driver_sql(
        "UPDATE cycles SET losses = "
        "(SELECT losses FROM cycle_losses WHERE cycle_losses.cycle = cycles.number)"
    )
    op.drop_table("cycle_losses")


def _rewrite(turned) -> None:
    """Turns rows into columns, or columns into rows; one cycle at a time, for they are large."""
    connection = op.get_bind()
    kept = sa.table("cycle_losses", sa.column("cycle"), sa.column("losses"))
    for number in connection.execute(sa.select(kept.c.cycle)).scalars().all():
        here = kept.c.cycle == number
        text = connection.execute(sa.select(kept.c.losses).where(here)).scalar()
        told = dumps(turned(loads(text)), separators=(",", ":"), ensure_ascii=False)
        connection.execute(sa.update(kept).where(here).values(losses=told))
