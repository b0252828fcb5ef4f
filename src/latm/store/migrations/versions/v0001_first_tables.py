"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "latm_0001"
down_revision = None

_TYPES: dict[str, Any] = {
    "row id": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    "integer": sa.Integer(),
    "float": sa.Float(),
    "text": sa.Text(),
}
_USAGE = {"calls": "integer", "input_tokens": "integer", "output_tokens": "integer", "cost": "text?"}


def _columns(**types: str) -> list[sa.Column[Any]]:
    """Columns by name and type; a type that ends in a question mark may be NULL."""
    return [sa.Column(name, _TYPES[kind.rstrip("?")], nullable=kind.endswith("?")) for name, kind in types.items()]


def _of_task() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["task"], ["tasks.name"], onupdate="CASCADE")


def upgrade() -> None:
    """From an empty database."""
    _create_revision()
    _create_tasks()
    _create_tools()
    _create_makings()
    _create_claims()
    _create_answers()


def _create_revision() -> None:
    number = op.create_table("revision", *_columns(id="integer", number="row id"), sa.PrimaryKeyConstraint("id"))
    op.bulk_insert(number, [{"id": 1, "number": 0}])


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        *_columns(id="row id", name="text", status="text", reason="text", tried_at="integer"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "examples",
        *_columns(id="row id", task="text", question_key="text", question="text", answer="text"),
        *_columns(source="text", dropped="text", added_at="text"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("task", "question_key", name="uq_examples_task_question"),
        _of_task(),
    )


def _create_tools() -> None:
    op.create_table(
        "tools",
        *_columns(id="text", source="text", kind="text", status="text", added_at="text"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "versions",
        *_columns(task="text", version="integer", tool_id="text", demonstrations="text"),
        sa.PrimaryKeyConstraint("task", "version"),
        _of_task(),
        sa.ForeignKeyConstraint(["tool_id"], ["tools.id"]),
    )
    op.create_index("ix_versions_tool_id", "versions", ["tool_id"])


def _create_makings() -> None:
    op.create_table(
        "makings",
        *_columns(id="row id", task="text", outcome="text", reason="text", tool_id="text?", model="text"),
        *_columns(attempts="text", caught="text", notes="text", **_USAGE),
        *_columns(started_at="text", seconds="float", version="text"),
        sa.PrimaryKeyConstraint("id"),
        _of_task(),
    )
    op.create_index("ix_makings_task", "makings", ["task"])


def _create_claims() -> None:
    op.create_table("claims", *_columns(task="text", owner="text", expires="float"), sa.PrimaryKeyConstraint("task"))
    op.create_table(
        "journal",
        *_columns(task="text", key="text", occurrence="integer", text="text", model="text", **_USAGE),
        *_columns(seconds="float", recorded_at="text?"),
        sa.PrimaryKeyConstraint("task", "key", "occurrence"),
    )


def _create_answers() -> None:
    op.create_table(
        "answers",
        *_columns(row="row id", id="text", question="text", text="text", route="text", task="text?"),
        *_columns(tool_id="text?", **_USAGE),
        *_columns(seconds="float", evidence="text", answered_at="text"),
        sa.PrimaryKeyConstraint("row"),
    )
    op.create_index("ix_answers_task", "answers", ["task"])
