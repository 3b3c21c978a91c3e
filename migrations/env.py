"""What Alembic runs: the revisions, on the connection it is given, in the transaction that is
open on it. ``syntropism.adapters.sql.migrations`` starts it; revisions name everything in full
and know nothing of the tables of today."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
