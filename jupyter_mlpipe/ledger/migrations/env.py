"""What Alembic runs around the migrations: it gets an open connection from ``upgrade`` and keeps its transaction."""

from __future__ import annotations

from alembic import context

from jupyter_mlpipe.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite's schema changes are transactional too; Alembic assumes they are not.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
