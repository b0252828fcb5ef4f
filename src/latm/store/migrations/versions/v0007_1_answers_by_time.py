"""Indexes: answers by their time, so that old ones are found without reading all, and which scopes are in use."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0007_1"
down_revision = "latm_0007"


def upgrade() -> None:
    """Add indexes only, which programs of the previous schema can ignore."""
    op.create_index("ix_answers_answered_at", "answers", ["answered_at"])
    some = sa.text("scope <> ''")
    for table in ("answers", "audits"):
        op.create_index(f"ix_{table}_scope", table, ["scope"], sqlite_where=some, postgresql_where=some)
