"""The tables of the newest schema.

    scopes ──< tasks ──< examples
                 │
                 └─────< versions >─── programs     which program serves which task: several tasks may share one
                 ┊           ┊
                 ┊           ├ ─ ─ certificates     what audits have shown of a version
                 ┊           └ ─ ─ audits           its answers that were or will be compared
                 ┊
                 ├ ─ ─ events                       what happened to a version, or to a task as a whole
                 ├ ─ ─ makings                      how each version was made
                 ├ ─ ─ claims                       who is making a tool for the task now, and from what
                 ├ ─ ─ journal                      completions of that making, so that a crash does not pay twice
                 ├ ─ ─ answers                      every answered question
                 ├ ─ ─ guards                       how often its tool was kept from answering, and by what
                 ├ ─ ─ payers                       how much of each process's payments is on record
                 └ ─ ─ removed                      names that tasks had, for readers that still know them

Dashed lines are by name: records outlive their task, and an answer or a claim may come before it. Events know
their task's id too, because another task may take a name. A change here needs a migration in
`migrations/versions/`; a test compares the two.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from latm.store.columns import AnyText, Money, PlainData, RowId

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s"})


def _of_task(**options: Any) -> Column[int]:
    return Column("task_id", RowId, ForeignKey("tasks.id"), nullable=False, **options)


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
    Column("forgotten", BigInteger, nullable=False, server_default=text("0")),
)

scopes = Table(
    "scopes",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("project", AnyText, nullable=False),
    Column("instructions", AnyText, nullable=False),
    Column("form", AnyText, nullable=False),
    Column("model", AnyText, nullable=False, server_default=text("''")),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", AnyText, nullable=False, unique=True),
    Column("scope", Text, ForeignKey("scopes.digest"), nullable=False),
    Column("form", AnyText, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("came", BigInteger, nullable=False),
    Column("direct_answers", BigInteger, nullable=False),
    Column("direct_tokens", BigInteger, nullable=False),
    Column("direct_cost", Money),
    Column("tried_at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("retry_at", Float, nullable=False),
    Column("wording", AnyText, nullable=False, server_default=text("''")),
    sqlite_autoincrement=True,  # no id is given twice: events of a deleted task never belong to a later one
)

removed = Table(
    "removed",
    metadata,
    Column("name", AnyText, primary_key=True),
    Column("became", AnyText),
    Column("revision", BigInteger, nullable=False, index=True),
)

examples = Table(
    "examples",
    metadata,
    Column("id", RowId, primary_key=True),
    _of_task(),
    # PostgreSQL cannot index texts of more than 2,704 bytes, and questions may be longer: their hash is unique instead.
    Column("question_key", Text, nullable=False),
    Column("question", AnyText, nullable=False),
    Column("answer", AnyText, nullable=False),
    Column("source", AnyText, nullable=False),
    Column("dropped", AnyText, nullable=False),
    Column("added_at", Text, nullable=False),
    UniqueConstraint("question_key", "task_id", name="uq_examples_question_task"),
    Index(None, "task_id"),
)

programs = Table(
    "programs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", AnyText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("added_at", Text, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    _of_task(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("program", Text, ForeignKey("programs.id"), nullable=False, index=True),
    Column("demonstrations", PlainData, nullable=False),
    Column("verification", PlainData, nullable=False),
    Column("second", Text, ForeignKey("programs.id")),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("task_id", RowId, nullable=False, index=True),
    Column("task", AnyText, nullable=False),
    Column("version", Integer),
    Column("who", AnyText, nullable=False),
    Column("why", AnyText, nullable=False),
    Column("evidence", PlainData, nullable=False),
)

makings = Table(
    "makings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("task", AnyText, nullable=False, index=True),
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
    Column("scope", Text, nullable=False, server_default=text("''")),
)

claims = Table(
    "claims",
    metadata,
    Column("task", AnyText, primary_key=True),
    Column("owner", AnyText, nullable=False),
    Column("expires", Float, nullable=False),
    Column("work", PlainData, nullable=False),
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

_SOME_EXACT = text("exact IS NOT NULL")
_SOME_SCOPE = text("scope <> ''")
"""Most answers serve no other request and need no entry."""

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
    Column("answered_at", Text, nullable=False, index=True),
    Column("scope", Text, nullable=False, server_default=text("''")),
    Column("reason", AnyText, nullable=False, server_default=text("''")),
    Column("serial", Text),
    Column("tool_task", BigInteger),
    Column("version", Integer),
    Column("epoch", Integer),
    Column("earlier", Text),
    Column("exact", Text),
    Index(None, "task"),
    Index("ix_answers_exact", "exact", sqlite_where=_SOME_EXACT, postgresql_where=_SOME_EXACT),
    Index("ix_answers_scope", "scope", sqlite_where=_SOME_SCOPE, postgresql_where=_SOME_SCOPE),
    Index("ix_answers_serial", "serial", unique=True),
)

guards = Table(
    "guards",
    metadata,
    Column("task_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guard", Text, primary_key=True),
    Column("held", BigInteger, nullable=False),
    Column("wrong", BigInteger, nullable=False),
)

payers = Table(
    "payers",
    metadata,
    Column("payer", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("calls", "input_tokens", "output_tokens")),
    Column("cost", Money),
    Column("paid", Text),
)

coin = Table(
    "coin",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("secret", Text, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("task_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("watched", Float, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("served", BigInteger, nullable=False),
    Column("state", PlainData, nullable=False),
    Column("error", Float, nullable=False),
    Column("audited_at", Text, nullable=False),
    Column("begun_at", Text, nullable=False),
)

audits = Table(
    "audits",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("serial", Text, nullable=False),
    Column("task_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("due", Float, index=True),
    Column("owner", AnyText, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("question", AnyText, nullable=False),
    Column("text", AnyText),
    Column("reference", AnyText),
    Column("again", AnyText),
    Column("agrees", Integer),
    Column("why", AnyText, nullable=False),
    *_usage(),
    Column("drawn_at", Text, nullable=False),
    Column("settled_at", Text, nullable=False),
    Column("judged", Integer),
    UniqueConstraint("serial", "task_id", "version", "source", name="uq_audits_answer_version_source"),
    Index(None, "task_id", "version"),
    Index("ix_audits_scope", "scope", sqlite_where=_SOME_SCOPE, postgresql_where=_SOME_SCOPE),
)

NUMBERED = (answers, audits, events, examples, makings, tasks)
"""The tables whose rows the database numbers as they come."""
