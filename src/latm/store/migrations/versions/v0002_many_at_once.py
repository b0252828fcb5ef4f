"""Programs, versions and events instead of tools; scopes, forms and counters of tasks; claims that know their work."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "latm_0002"
down_revision = "latm_0001"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TYPES: dict[str, Any] = {
    "row id": _ROW_ID,
    "integer": sa.Integer(),
    "big": sa.BigInteger(),
    "float": sa.Float(),
    "text": sa.Text(),
}
_USAGE = {"calls": "integer", "input_tokens": "integer", "output_tokens": "integer", "cost": "text?"}
_REBUILT = ("tasks", "examples", "versions", "makings", "claims")
_REPLACED = ("old_examples", "old_versions", "old_makings", "old_claims", "tools", "old_tasks")


def _columns(**types: str) -> list[sa.Column[Any]]:
    """Columns by name and type; a type that ends in a question mark may be NULL."""
    return [sa.Column(name, _TYPES[kind.rstrip("?")], nullable=kind.endswith("?")) for name, kind in types.items()]


def upgrade() -> None:
    """Keep every tool, example, making and answer; events tell the status of a tool."""
    for index, table in (("ix_versions_tool_id", "versions"), ("ix_makings_task", "makings")):
        op.drop_index(index, table)
    for table in _REBUILT:
        op.rename_table(table, f"old_{table}")
    _create_tasks()
    _create_tools()
    _create_makings()
    op.add_column("revision", sa.Column("forgotten", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    for name in ("scope", "reason"):
        op.add_column("answers", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    _copy_tasks()
    _copy_tools()
    _copy_makings()
    for table in _REPLACED:
        op.drop_table(table)
    _go_on_counting()
    op.execute("UPDATE revision SET number = number + 1")


def _go_on_counting() -> None:
    """Let PostgreSQL continue the numbers of the copied rows; SQLite does so by itself."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("tasks", "examples", "makings"):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        op.execute(f"SELECT setval({sequence}, (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)")  # noqa: S608  # our own names


def _create_tasks() -> None:
    scopes = op.create_table(
        "scopes",
        *_columns(digest="text", project="text", instructions="text", form="text"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.bulk_insert(scopes, [{"digest": "", "project": "", "instructions": "", "form": ""}])
    op.create_table(
        "tasks",
        *_columns(id="row id", name="text", scope="text", form="text", status="text", reason="text", revision="big"),
        *_columns(came="big", direct_answers="big", direct_tokens="big", direct_cost="text?"),
        *_columns(tried_at="big", failures="integer", retry_at="float"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.ForeignKeyConstraint(["scope"], ["scopes.digest"]),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tasks_revision", "tasks", ["revision"])
    op.create_table("removed", *_columns(name="text", became="text?", revision="big"), sa.PrimaryKeyConstraint("name"))
    op.create_index("ix_removed_revision", "removed", ["revision"])
    op.create_table(
        "examples",
        *_columns(id="row id", task_id="row id", question_key="text", question="text", answer="text"),
        *_columns(source="text", dropped="text", added_at="text"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("question_key", "task_id", name="uq_examples_question_task"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"]),
    )
    op.create_index("ix_examples_task_id", "examples", ["task_id"])


def _create_tools() -> None:
    op.create_table(
        "programs",
        *_columns(id="text", source="text", kind="text", added_at="text"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "versions",
        *_columns(task_id="row id", number="integer", program="text", demonstrations="text", verification="text"),
        sa.PrimaryKeyConstraint("task_id", "number"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"]),
        sa.ForeignKeyConstraint(["program"], ["programs.id"]),
    )
    op.create_index("ix_versions_program", "versions", ["program"])
    op.create_table(
        "events",
        *_columns(id="row id", at="text", kind="text", task_id="row id", task="text", version="integer?"),
        *_columns(who="text", why="text", evidence="text"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_events_task_id", "events", ["task_id"])


def _create_makings() -> None:
    op.create_table(
        "makings",
        *_columns(id="row id", task="text", outcome="text", reason="text", tool_id="text?", model="text"),
        *_columns(attempts="text", caught="text", notes="text", **_USAGE),
        *_columns(started_at="text", seconds="float", version="text"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_makings_task", "makings", ["task"])
    op.create_table(
        "claims",
        *_columns(task="text", owner="text", expires="float", work="text"),
        sa.PrimaryKeyConstraint("task"),
    )


def _copy_tasks() -> None:
    """Questions were not counted before: there were at least as many as direct answers, and as examples kept."""
    op.execute("""
        INSERT INTO tasks (id, name, scope, form, status, reason, revision, came, direct_answers, direct_tokens,
                           direct_cost, tried_at, failures, retry_at)
        SELECT id, name, '', '', status, reason, (SELECT number + 1 FROM revision),
               (SELECT count(*) FROM old_examples WHERE task = name AND dropped = ''), 0, 0, '0', tried_at, 0, 0.0
        FROM old_tasks
    """)
    _count_direct_answers()
    op.execute("""
        INSERT INTO examples (id, task_id, question_key, question, answer, source, dropped, added_at)
        SELECT old.id, tasks.id, question_key, question, answer, source, dropped, added_at
        FROM old_examples AS old JOIN tasks ON tasks.name = old.task
    """)


def _count_direct_answers() -> None:
    connection = op.get_bind()
    direct: dict[str, tuple[int, int, Decimal | None]] = {}
    answers = "SELECT task, input_tokens + output_tokens, cost FROM answers WHERE route = 'direct' AND task IS NOT NULL"
    for task, tokens, cost in connection.execute(sa.text(answers)):
        count, spent, paid = direct.get(task, (0, 0, Decimal(0)))
        paid = None if paid is None or cost is None else paid + Decimal(cost)
        direct[task] = (count + 1, spent + tokens, paid)
    counted = sa.text("""
        UPDATE tasks SET came = CASE WHEN came < :count THEN :count ELSE came END,
                         direct_answers = :count, direct_tokens = :tokens, direct_cost = :cost
        WHERE name = :task
    """)
    for task, (count, tokens, paid) in direct.items():
        cost = None if paid is None else str(paid)
        connection.execute(counted, {"task": task, "count": count, "tokens": tokens, "cost": cost})


def _copy_tools() -> None:
    op.execute("INSERT INTO programs (id, source, kind, added_at) SELECT id, source, kind, added_at FROM tools")
    op.execute("""
        INSERT INTO versions (task_id, number, program, demonstrations, verification)
        SELECT tasks.id, version, tool_id, demonstrations, '{}'
        FROM old_versions AS old JOIN tasks ON tasks.name = old.task
    """)
    why = "as an older latm left it"
    for kind, condition in (("promoted", "TRUE"), ("retired", "tools.status = 'retired'")):
        op.execute(f"""
            INSERT INTO events (at, kind, task_id, task, version, who, why, evidence)
            SELECT tools.added_at, '{kind}', tasks.id, tasks.name, number, 'migration', '{why}', '{{}}'
            FROM versions JOIN tasks ON tasks.id = task_id JOIN tools ON tools.id = program
            WHERE {condition} ORDER BY tasks.id, number
        """)  # noqa: S608  # constants


def _copy_makings() -> None:
    columns = (
        "id, task, outcome, reason, tool_id, model, attempts, caught, notes, calls, input_tokens, output_tokens, cost, "
        "started_at, seconds, version"
    )
    op.execute(f"INSERT INTO makings ({columns}) SELECT {columns} FROM old_makings")  # noqa: S608  # constants
    op.execute("INSERT INTO claims (task, owner, expires, work) SELECT task, owner, expires, 'null' FROM old_claims")
