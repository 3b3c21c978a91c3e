"""What Alembic runs: the revisions, on the connection it is given, in the transaction that is
open on it. It is started by ``syntropism.adapters.sql.migrations`` only."""

from alembic import context

from syntropism.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
