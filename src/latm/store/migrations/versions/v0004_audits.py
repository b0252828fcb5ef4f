"""Serials of answers, the secret of the coin, and what audits have shown about each version."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "latm_0004"
down_revision = "latm_0003"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns. Nothing is known yet about existing versions; older answers are in no bound."""
    op.add_column("answers", sa.Column("serial", sa.Text()))
    op.add_column("answers", sa.Column("tool_task", sa.BigInteger()))
    for name in ("version", "epoch"):
        op.add_column("answers", sa.Column(name, sa.Integer()))
    op.create_index("ix_answers_serial", "answers", ["serial"], unique=True)
    coin = op.create_table(
        "coin", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("secret", sa.Text(), nullable=False)
    )
    op.bulk_insert(coin, [{"id": 1, "secret": secrets.token_hex(32)}])
    _create_certificates()
    _create_audits()


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("task_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        *_columns(attempt=sa.Integer(), watched=sa.Float(), epoch=sa.Integer(), served=sa.BigInteger()),
        *_columns(state=sa.Text(), error=sa.Float(), audited_at=sa.Text(), begun_at=sa.Text()),
    )


def _create_audits() -> None:
    op.create_table(
        "audits",
        sa.Column("id", _ROW_ID, primary_key=True),
        *_columns(serial=sa.Text(), task_id=sa.BigInteger(), version=sa.Integer(), source=sa.Text()),
        *_columns(epoch=sa.Integer()),
        sa.Column("due", sa.Float()),
        *_columns(owner=sa.Text(), tries=sa.Integer(), verdict=sa.Text(), scope=sa.Text(), question=sa.Text()),
        *(sa.Column(name, sa.Text()) for name in ("text", "reference", "again")),
        sa.Column("agrees", sa.Integer()),
        *_columns(why=sa.Text(), calls=sa.Integer(), input_tokens=sa.Integer(), output_tokens=sa.Integer()),
        sa.Column("cost", sa.Text()),
        *_columns(drawn_at=sa.Text(), settled_at=sa.Text()),
        sa.UniqueConstraint("serial", "task_id", "version", "source", name="uq_audits_answer_version_source"),
    )
    op.create_index("ix_audits_due", "audits", ["due"])
    op.create_index("ix_audits_task_id", "audits", ["task_id", "version"])


def _columns(**types: "sa.types.TypeEngine[Any]") -> list["sa.Column[Any]"]:
    return [sa.Column(name, kind, nullable=False) for name, kind in types.items()]
