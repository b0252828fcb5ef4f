"""The tables of the newest schema.

    tasks ──< examples
      │
      ├───< versions >─── tools        which tool serves which task: several tasks may share one source
      ├───< makings                    how each tool came to be
      ├ ─ ─ claims                     who is making a tool for the task now
      ├ ─ ─ journal                    completions of that making, so that a crash does not pay twice
      └ ─ ─ answers                    every answered question

Dashed lines are by name only: an answer or a claim may come before its task. A change here needs a migration in
`migrations/versions/`; a test compares the two.
"""

from typing import Any

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

from latm.store.columns import AnyText, Money, PlainData, RowId

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s"})


def _of_task(**options: Any) -> Column[str]:
    return Column("task", AnyText, ForeignKey("tasks.name", onupdate="CASCADE"), nullable=False, **options)


def _usage() -> list[Column[Any]]:
    return [
        Column("calls", Integer, nullable=False),
        Column("input_tokens", Integer, nullable=False),
        Column("output_tokens", Integer, nullable=False),
        Column("cost", Money),
    ]


revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", RowId, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", AnyText, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("tried_at", Integer, nullable=False),
)

examples = Table(
    "examples",
    metadata,
    Column("id", RowId, primary_key=True),
    _of_task(),
    # PostgreSQL indexes no text of more than 2,704 bytes, and questions may be longer: their hash is unique instead.
    Column("question_key", Text, nullable=False),
    Column("question", AnyText, nullable=False),
    Column("answer", AnyText, nullable=False),
    Column("source", AnyText, nullable=False),
    Column("dropped", AnyText, nullable=False),
    Column("added_at", Text, nullable=False),
    UniqueConstraint("task", "question_key", name="uq_examples_task_question"),
)

tools = Table(
    "tools",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", AnyText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("added_at", Text, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    _of_task(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("tool_id", Text, ForeignKey("tools.id"), nullable=False, index=True),
    Column("demonstrations", PlainData, nullable=False),
)

makings = Table(
    "makings",
    metadata,
    Column("id", RowId, primary_key=True),
    _of_task(index=True),
    Column("outcome", Text, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("tool_id", Text),
    Column("model", AnyText, nullable=False),
    Column("attempts", PlainData, nullable=False),
    Column("caught", PlainData, nullable=False),
    Column("notes", PlainData, nullable=False),
    *_usage(),
    Column("started_at", AnyText, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("version", AnyText, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("task", AnyText, primary_key=True),
    Column("owner", AnyText, nullable=False),
    Column("expires", Float, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("task", AnyText, primary_key=True),
    Column("key", AnyText, primary_key=True),
    Column("occurrence", Integer, primary_key=True, autoincrement=False),
    Column("text", AnyText, nullable=False),
    Column("model", AnyText, nullable=False),
    *_usage(),
    Column("seconds", Float, nullable=False),
    Column("recorded_at", AnyText),
)

answers = Table(
    "answers",
    metadata,
    Column("row", RowId, primary_key=True),
    Column("id", AnyText, nullable=False),
    Column("question", AnyText, nullable=False),
    Column("text", AnyText, nullable=False),
    Column("route", Text, nullable=False),
    Column("task", AnyText),
    Column("tool_id", Text),
    *_usage(),
    Column("seconds", Float, nullable=False),
    Column("evidence", AnyText, nullable=False),
    Column("answered_at", Text, nullable=False),
    Index(None, "task"),
)
