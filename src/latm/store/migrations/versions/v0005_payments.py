"""How much of each process's payments is on record, and what an answer spent before the step that gave it."""

import sqlalchemy as sa
from alembic import op

revision = "latm_0005"
down_revision = "latm_0004"


def upgrade() -> None:
    """Add the table and the columns. Nobody knows what the tool user spent on older answers before the model."""
    op.add_column("answers", sa.Column("earlier", sa.Text()))
    op.add_column("audits", sa.Column("judged", sa.Integer()))
    with op.batch_alter_table("versions") as versions:
        versions.add_column(sa.Column("second", sa.Text()))
        versions.create_foreign_key("fk_versions_second", "programs", ["second"], ["id"])
    op.create_table(
        "guards",
        sa.Column("task_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("guard", sa.Text(), primary_key=True),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "payers",
        sa.Column("payer", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("calls", "input_tokens", "output_tokens")),
        sa.Column("cost", sa.Text()),
        sa.Column("paid", sa.Text()),
    )
