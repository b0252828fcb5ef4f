"""The model that a scope asks, where requests name one."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0006"
down_revision = "latm_0005"


def upgrade() -> None:
    """The scopes that there are name none."""
    op.add_column("scopes", sa.Column("model", sa.Text(), nullable=False, server_default=sa.text("''")))
