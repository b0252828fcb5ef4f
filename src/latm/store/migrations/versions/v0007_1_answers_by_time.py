"""Answers by their time, so that those of a certain age are found without a look at all."""

from alembic import op

revision = "latm_0007_1"
down_revision = "latm_0007"


def upgrade() -> None:
    """Only an index comes, which programs of the schema before may leave alone."""
    op.create_index("ix_answers_answered_at", "answers", ["answered_at"])
