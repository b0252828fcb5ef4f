"""The key of a request whose answer may serve equal requests."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0007"
down_revision = "latm_0006"


def upgrade() -> None:
    """Add the column. Existing answers serve no other request."""
    op.add_column("answers", sa.Column("exact", sa.Text()))
    some = sa.text("exact IS NOT NULL")
    op.create_index("ix_answers_exact", "answers", ["exact"], sqlite_where=some, postgresql_where=some)
