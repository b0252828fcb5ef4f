"""Alembic's way in: migrations run on the connection, and in the transaction, of the caller."""

from alembic import context

from latm.store.database import SCHEMA_TABLE
from latm.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=SCHEMA_TABLE
)
with context.begin_transaction():
    context.run_migrations()
