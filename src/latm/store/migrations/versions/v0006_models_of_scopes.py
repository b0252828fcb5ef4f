"""The model of a scope, if its requests name one."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0006"
down_revision = "latm_0005"


def upgrade() -> None:
    """Add the column. Existing scopes name no model."""
    op.add_column("scopes", sa.Column("model", sa.Text(), nullable=False, server_default=sa.text("''")))
