"""A database that an older latm wrote: everything in it is kept, and what became of its tools is told by events."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from filling import ARGUMENTS, ATTEMPT, ODD, ROWS, fill, kept, question, source
from folded_events import status_after
from sqlalchemy import MetaData

from latm.answer import Answer, Route
from latm.event import EventKind
from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Attempt, Outcome
from latm.question import Scope
from latm.store import Batch, Selection, ToolCache
from latm.store.checking import check
from latm.store.database import SCHEMAS, upgrade
from latm.store.dialects import parse_url
from latm.task import Example, Record, TaskStatus
from latm.tool import Demonstration, ToolKind, ToolStatus

OLD = Path(__file__).parent / "data" / "latm_0001.db"
"""Written by `data/write_0001.py`, which says what is in it."""
MODEL = "test:strong"


@pytest.fixture
def old(database: str, url: str, tmp_path: Path) -> Iterator[ToolCache]:
    if database == "sqlite":
        shutil.copy(OLD, tmp_path / "latm.db")
    else:
        carry_over(OLD, url)
    with ToolCache.open(url) as cache:
        yield cache


def carry_over(source: Path, url: str) -> None:
    """Write what an older file holds into the older tables of another database."""
    parsed, dialect = parse_url(url)
    engine = dialect.connect(parsed)
    with closing(sqlite3.connect(source)) as file, engine.execution_options(writing=True).begin() as connection:
        file.row_factory = sqlite3.Row
        upgrade(connection, "latm_0001")
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            rows = [dict(row) for row in file.execute(f"SELECT * FROM {table.name}")]  # noqa: S608  # names of ours
            if rows and table.name != "latm_schema":
                connection.execute(table.delete())
                connection.execute(table.insert(), rows)
            for column in table.primary_key.columns:
                if column.identity or column.server_default is not None:
                    counted = f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), max({column.name})) FROM {table.name}"  # noqa: E501, S608
                    connection.exec_driver_sql(counted)
    engine.dispose()


def test_a_migration_that_is_interrupted_leaves_the_older_database(
    path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("killed half-way")

    shutil.copy(OLD, path)
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.drop_table", fail)
        with pytest.raises(RuntimeError):
            ToolCache.open(url)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM latm_schema").fetchall() == [("latm_0001",)]
        assert connection.execute("SELECT count(*) FROM tools").fetchone() == (6,)
    with ToolCache.open(url) as cache:
        assert len(cache.tasks()) == 8


def test_tasks_keep_their_status_and_their_tool(old: ToolCache) -> None:
    shared = old.task("sorting").tool_id
    assert {task.name: (task.status, task.reason, task.tool_id) for task in old.tasks()} == {
        "sorting": (TaskStatus.SERVED, "", shared),
        "ordering": (TaskStatus.SERVED, "", shared),
        "paper": (TaskStatus.SERVED, "", old.tools(task="paper")[0].id),
        "retired": (TaskStatus.COLLECTING, f"its tool {old.tools(task='retired')[0].id} was retired", None),
        "back": (TaskStatus.SERVED, "", old.tools(task="back")[0].id),
        "collecting": (TaskStatus.COLLECTING, "", None),
        "jokes": (TaskStatus.UNTOOLABLE, "jokes is untoolable", None),
        "hard": (TaskStatus.FAILED, "hard is failed", None),
    }


def test_examples_are_kept_and_what_was_dropped_stays_dropped(old: ToolCache) -> None:
    kept = [Example(f"Sort {number}", f"{number}", MODEL) for number in (0, 1, 2, 4, 5)]
    assert old.task("sorting").examples == (
        *kept,
        Example("Sort gold", "gold"),
        Example("odd \ud800\0", "\x1aanswer", MODEL),
    )
    old.restore_example("sorting", "Sort 3")
    assert len(old.task("sorting").examples) == 8


def test_versions_are_kept_with_their_demonstrations(old: ToolCache) -> None:
    found = {(tool.task, tool.number): (tool.kind, tool.status) for tool in old.tools()}
    serving, retired = ToolStatus.SERVING, ToolStatus.RETIRED
    assert found == {
        ("sorting", 1): (ToolKind.COMPILED, serving),
        ("sorting", 2): (ToolKind.COMPILED, serving),
        ("ordering", 1): (ToolKind.COMPILED, serving),
        ("paper", 1): (ToolKind.PAPER, serving),
        ("retired", 1): (ToolKind.COMPILED, retired),
        ("back", 1): (ToolKind.COMPILED, serving),
        ("back", 2): (ToolKind.COMPILED, retired),
    }
    assert old.tool("sorting").demonstrations == (
        Demonstration("Sort 1", {"words": ("b", "a"), "limit": Decimal("1.5")}),
    )


def test_an_older_tool_is_exported_with_what_is_known_of_it(old: ToolCache) -> None:
    assert "verified: on 1 demonstrations" in old.export("sorting")


def test_what_became_of_a_tool_is_told_by_events_of_the_migration(old: ToolCache) -> None:
    events = old.events(limit=None)
    assert {event.who for event in events} == {"migration"}
    for tool in old.tools():
        mine = [event for event in events if (event.task, event.version) == (tool.task, tool.number)]
        assert status_after(mine) is tool.status
    assert [event.kind for event in old.events("back")][-1] is EventKind.RETIRED


def test_makings_and_answers_are_kept_whole(old: ToolCache) -> None:
    makings = old.makings()
    assert [(making.task, making.outcome) for making in makings][:3] == [
        ("sorting", Outcome.MADE),
        ("sorting", Outcome.MADE),
        ("ordering", Outcome.REUSED),
    ]
    assert len(makings) == 9
    assert makings[0].usage == Usage(3, 1000, 200, Decimal("0.0123"))
    assert makings[0].attempts[0] == Attempt("propose", "write", "words\0", "held-out", "1 of 3")
    answers = old.answers(limit=None)
    assert len(answers) == 13
    assert answers[1] == Answer("odd \udfff", "\0", Route.DIRECT, "jokes", None, Usage(1, 10, 10, None), 0.25)
    assert {totals.task: totals.all.answers for totals in old.totals()} == {
        None: 1,
        "collecting": 1,
        "jokes": 1,
        "sorting": 10,
    }


def test_what_came_is_at_least_what_was_answered_directly_and_what_was_kept(old: ToolCache) -> None:
    assert old.records(["sorting", "jokes", "hard", "paper"]) == {
        "sorting": Record(9, 9, 1080, 0.00378, tried_at=7),
        "jokes": Record(4, 1, 20, None, tried_at=4),
        "hard": Record(4, tried_at=4),
        "paper": Record(1, tried_at=1),
    }


def test_an_interrupted_making_finds_what_was_paid_for(old: ToolCache) -> None:
    paid = Completion("paid", "test:maker", Usage(1, 10, 20, Decimal("0.001")), 1.5)
    claim = old.claim_making("collecting", "heir", 60, ["work"])
    assert claim is not None
    assert (claim.work, claim.resumed) == (["work"], False)  # the older latm did not say what it started from
    assert old.journal("collecting").get("key", 0) == paid


def test_readers_that_knew_the_older_database_learn_of_everything(old: ToolCache) -> None:
    revision = old.revision()
    assert len(old.changes(revision - 1).known) == len(old.tasks()) == 8
    assert not old.changes(revision).known


def test_a_migrated_database_goes_on_as_any_other(old: ToolCache, url: str) -> None:
    old.add_examples("new", [Example("q", "a")])
    old.retire("sorting")
    old.rename_task("ordering", "alphabetical")
    with ToolCache.open(url) as again:
        assert again.tasks() == old.tasks()


def test_a_database_of_the_schema_before_keeps_its_scopes_and_can_forget(path: Path, url: str) -> None:
    shutil.copy(OLD.with_name("latm_0002.db"), path)
    with ToolCache.open(url) as cache:
        scope = Scope("acme", "Answer in one word.")
        task = cache.task("sorting")
        assert (task.scope, len(task.examples), task.wording) == (scope, 6, "")
        assert cache.tool("sorting").demonstrations == (Demonstration("Sort 1", {"words": ["b", "a"]}),)
        assert {answer.scope for answer in cache.answers()} == {scope, Scope()}
        forgotten = cache.forget(Selection(scope))
        assert (forgotten.answers, forgotten.examples, forgotten.makings, forgotten.demonstrations) == (1, 6, 1, 1)
        assert cache.task("sorting").wording == "Sort"
        assert cache.tool("sorting").source == "# sorts\n"
        assert cache.records(["collecting"])["collecting"].came == 1


MOVED = {("revision", "number")}
"""Columns that a migration itself writes."""


@pytest.mark.parametrize("schema", SCHEMAS[:-1])
def test_from_each_earlier_schema_every_row_of_every_table_arrives(schema: str, url: str) -> None:
    parsed, dialect = parse_url(url)
    engine = dialect.connect(parsed)
    with engine.execution_options(writing=True).begin() as connection:
        upgrade(connection, schema)
        fill(connection)
        before = kept(connection)
    engine.dispose()
    with ToolCache.open(url) as cache:
        assert cache.found == schema
        with cache.reading() as connection:
            after = kept(connection)
        shared = before.keys() & after.keys() - MOVED
        assert {column: after[column] for column in shared} == {column: before[column] for column in shared}
        assert check(cache) == []
        reads_back_whole(cache)
        cache.add_examples("new", [Example("q", "a")])
        cache.record(Batch([Answer("q", "a", Route.DIRECT, "new")]))
        assert check(cache) == []


def reads_back_whole(cache: ToolCache) -> None:
    """What is in the tables comes out of the tool cache as what it is."""
    names = [f"task {n} {ODD[n]}" for n in range(ROWS)]
    assert [task.name for task in cache.tasks()] == names
    assert [task.status for task in cache.tasks()] == [TaskStatus.COLLECTING, TaskStatus.SERVED] * (ROWS // 2)
    labels = [*cache.dropped_examples(names[0]), *(one for task in cache.tasks() for one in task.examples)]
    assert question(0) in {label.question for label in labels}
    assert [tool.source for tool in cache.tools()] == [source(n) for n in sorted(range(ROWS), key=names.__getitem__)]
    assert cache.tool(names[1]).demonstrations == (Demonstration(question(1), ARGUMENTS),)
    assert [answer.question for answer in cache.answers(limit=None)] == [question(n) for n in reversed(range(ROWS))]
    assert [making.attempts for making in cache.makings()] == [(Attempt(**ATTEMPT),)] * ROWS
    assert {event.task for event in cache.events(limit=None)} <= set(names)
    assert sum(totals.all.answers for totals in cache.totals()) == ROWS
    assert {audit.verdict for audit in cache.audits(limit=None)} <= {"right", "wrong", "abstained", ""}
    assert len(cache.certificates()) in {0, ROWS}
    assert cache.ledger()
    claim = cache.claim_making(names[2], "heir", 60)
    assert claim is not None
    paid = cache.journal(names[2]).get(f"key 2 {ODD[2]}", 3)
    assert paid is not None
    assert paid.text == f"text 2 {ODD[2]}"
