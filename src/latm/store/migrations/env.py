"""Alembic's entry point: migrations run on the caller's connection and in its transaction."""

from alembic import context

from latm.store.database import SCHEMA_TABLE
from latm.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=SCHEMA_TABLE
)
with context.begin_transaction():
    context.run_migrations()
