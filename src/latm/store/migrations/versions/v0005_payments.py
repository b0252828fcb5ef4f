"""How much of what each process has paid is on record; and what an answer spent before the step that gave it."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0005"
down_revision = "latm_0004"


def upgrade() -> None:
    """Of answers on record nobody knows any more what a tool user spent on them before the model was asked."""
    op.add_column("answers", sa.Column("earlier", sa.Text()))
    op.create_table(
        "payers",
        sa.Column("payer", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("calls", "input_tokens", "output_tokens")),
        sa.Column("cost", sa.Text()),
        sa.Column("paid", sa.Text()),
    )
