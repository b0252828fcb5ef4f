"""The wording of tasks, which outlives their examples; and the scope of makings, which outlive their tasks."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0003"
down_revision = "latm_0002"


def upgrade() -> None:
    """Add the columns. Makings of deleted tasks get no scope: nothing says which one they had."""
    op.add_column("tasks", sa.Column("wording", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("makings", sa.Column("scope", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute("UPDATE makings SET scope = COALESCE((SELECT scope FROM tasks WHERE tasks.name = makings.task), '')")
