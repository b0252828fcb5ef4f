"""What changed since when: a reader that takes over each change knows what one that starts afresh knows."""

import math
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from folded_events import status_after
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from plans import heard

from latm.answer import Answer, Route
from latm.errors import NotFoundError
from latm.event import Event, EventKind
from latm.form import FOLDED
from latm.known import Known
from latm.provenance import Making, Outcome
from latm.question import Scope
from latm.store import Batch, Changes, Forgotten, Selection, ToolCache, before, revisions
from latm.store.dialects import postgresql
from latm.store.revisions import touch
from latm.task import Example, Record, TaskStatus
from latm.tool import Program, ToolStatus, ToolVersion

names = st.sampled_from(["a", "b", "c"])
questions = st.sampled_from(["q", "p", "r", "s"])
sources = st.sampled_from(["one", "two"])
models = st.sampled_from(["gold", "test:strong"])
decisive = st.sampled_from([EventKind.PROMOTED, EventKind.SUSPENDED, EventKind.RETIRED, EventKind.RESTORED])


class Reader:
    """Takes over what changed, as any reader must."""

    def __init__(self) -> None:
        self.revision = 0
        self.known: dict[str, Known] = {}

    def take(self, changes: Changes) -> None:
        if changes.whole:
            self.known.clear()
        for name in changes.removed:
            self.known.pop(name, None)
        self.known |= {known.task.name: known for known in changes.known}
        self.revision = changes.revision


class Store(RuleBasedStateMachine):
    """Anything may happen to three tasks in any order."""

    @initialize()
    def open(self) -> None:
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(revisions, "REMEMBERED", 2)
        self.cache = ToolCache.open("sqlite://")
        self.eager, self.lazy = Reader(), Reader()

    def teardown(self) -> None:
        self.cache.close()
        self.patched.undo()

    @rule(name=names, question=questions, answer=questions, source=models)
    def record(self, name: str, question: str, answer: str, source: str) -> None:
        batch = Batch([Answer(question, answer, Route.DIRECT, name)], [(name, Example(question, answer, source))])
        self.cache.record(batch, kept=2)

    @rule(name=names, question=questions)
    def drop(self, name: str, question: str) -> None:
        if any(
            name == task.name and question in {each.question for each in task.examples} for task in self.cache.tasks()
        ):
            self.cache.drop_example(name, question, "wrong")

    @rule(name=names, source=sources, promote=st.booleans())
    def make(self, name: str, source: str, promote: bool) -> None:
        program = Program(source)
        self.cache.record_making(Making(name, Outcome.MADE, "", program.id, ""), program, promote=promote)

    @rule(name=names)
    def fail(self, name: str) -> None:
        self.cache.record_making(Making(name, Outcome.FAILED, "no proposal ran", None, ""), None)

    @rule(name=names, number=st.integers(1, 3), kind=decisive)
    def decide(self, name: str, number: int, kind: EventKind) -> None:
        if (name, number) in {(tool.task, tool.number) for tool in self.cache.tools()}:
            self.cache.append_event(Event(kind, name, number, "auditor"))

    @rule(source=sources, retire=st.booleans())
    def retire_everywhere(self, source: str, retire: bool) -> None:
        change = self.cache.retire if retire else self.cache.restore
        if any(tool.source == source for tool in self.cache.tools()):
            change(Program(source).id)

    @rule(old=names, new=names)
    def rename(self, old: str, new: str) -> None:
        taken = {task.name for task in self.cache.tasks()}
        if old in taken and new not in taken:
            self.cache.rename_task(old, new)

    @rule(name=names)
    def delete(self, name: str) -> None:
        if name in {task.name for task in self.cache.tasks()}:
            self.cache.delete_task(name)

    @precondition(lambda self: self.lazy.revision != self.cache.revision())
    @rule()
    def look_once_in_a_while(self) -> None:
        self.lazy.take(self.cache.changes(self.lazy.revision))
        self.compare(self.lazy)

    @invariant()
    def each_step_leads_to_what_a_fresh_start_leads_to(self) -> None:
        self.eager.take(self.cache.changes(self.eager.revision))
        self.compare(self.eager)

    def compare(self, reader: Reader) -> None:
        fresh = Reader()
        fresh.take(self.cache.changes(0))
        assert reader.known == fresh.known
        assert [known.task for known in fresh.known.values()] == self.cache.tasks()

    @invariant()
    def the_status_of_a_version_is_the_fold_of_its_events(self) -> None:
        for known in self.cache.changes(0).known:
            events = self.cache.events(known.task.name, limit=None)
            tools = self.cache.tools(task=known.task.name)
            for tool in tools:
                assert tool.status is status_after(each for each in events if each.version == tool.number)
            serving = [tool for tool in tools if tool.status is ToolStatus.SERVING]
            assert known.tool == (serving[-1] if serving else None)
            assert (known.task.status == "served") == bool(serving)
            assert known.task.tool_id == (serving[-1].id if serving else None)


Store.TestCase.settings = settings(
    deadline=None,
    max_examples=12,
    stateful_step_count=20,
    phases=[Phase.reuse, Phase.generate],  # to make a failure shorter takes minutes
)
TestStore = Store.TestCase


@pytest.fixture
def other(url: str, cache: ToolCache) -> Iterator[ToolCache]:
    """Another process's."""
    del cache  # it is opened first
    with ToolCache.open(url) as other:
        yield other


def test_a_reader_follows_several_processes_that_change_the_same_tasks(
    url: str, cache: ToolCache, start: Callable[..., subprocess.Popen[str]]
) -> None:
    processes = [start("change_at_random.py", url, seed, 25) for seed in range(3)]
    reader = Reader()
    while any(process.poll() is None for process in processes):
        if cache.has_changed():
            reader.take(cache.changes(reader.revision))
        time.sleep(0.005)
    recorded = [int(process.communicate()[0]) for process in processes]
    reader.take(cache.changes(reader.revision))
    fresh = Reader()
    fresh.take(cache.changes(0))
    assert reader.known == fresh.known
    assert len(cache.answers(limit=None)) == sum(recorded) > 0


def test_everything_is_whole_and_nothing_is_empty(cache: ToolCache, make: Callable[[str, str], ToolVersion]) -> None:
    tool = make("sorting", "one")
    changes = cache.changes(0)
    assert changes == Changes(cache.revision(), [Known(cache.task("sorting"), tool, 1)], whole=True, newest=1)
    assert cache.changes(changes.revision) == Changes(changes.revision, (), newest=1)


def test_a_task_keeps_its_id_under_every_name_and_no_other_gets_it(cache: ToolCache) -> None:
    cache.add_examples("a", [])
    cache.rename_task("a", "b")
    assert [known.id for known in cache.changes(0).known] == [1]
    cache.delete_task("b")
    cache.add_examples("b", [])
    assert [known.id for known in cache.changes(0).known] == [2]


def test_a_reader_that_is_behind_learns_which_names_are_gone(cache: ToolCache) -> None:
    for name in ("a", "b", "c"):
        cache.add_examples(name, [])
    known = cache.revision()
    cache.rename_task("a", "z")
    cache.delete_task("b")
    changes = cache.changes(known)
    assert ([each.task.name for each in changes.known], changes.removed, changes.whole) == (["z"], ["a", "b"], False)


@pytest.mark.parametrize("since", [1, 9_999], ids=["behind for too long", "of another database"])
def test_a_reader_of_whom_nothing_is_known_gets_the_whole(
    cache: ToolCache, monkeypatch: pytest.MonkeyPatch, since: int
) -> None:
    monkeypatch.setattr(revisions, "REMEMBERED", 3)
    for number in range(10):
        cache.add_examples(str(number), [])
        cache.delete_task(str(number))
    cache.add_examples("last", [])
    changes = cache.changes(since)
    assert ([each.task.name for each in changes.known], changes.removed, changes.whole) == (["last"], (), True)
    with cache.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM removed").scalar_one() <= 3


def test_ten_times_as_many_tasks_take_as_many_queries(
    cache: ToolCache, make: Callable[[str, str], ToolVersion]
) -> None:
    def queries() -> int:
        with heard(cache) as said:
            cache.changes(0)
        return len(said)

    make("first", "source 0")
    few = queries()
    for number in range(1, 10):
        make(f"task-{number}", f"source {number}")
    assert queries() == few


def test_letting_tasks_rest_takes_as_many_queries_however_many_they_are(cache: ToolCache) -> None:
    def queries(names: Sequence[str]) -> int:
        for name in names:
            cache.add_examples(name, [])
        cache.record(Batch([Answer(f"of {name}", "a", Route.DIRECT, name) for name in names]))
        with heard(cache) as said:
            assert sorted(event.task for event in cache.rest_tasks("9999-01-01")) == sorted(names)
        return len(said)

    assert queries(["one", "two"]) == queries([f"task {n}" for n in range(30)])
    assert {task.status for task in cache.tasks()} == {TaskStatus.DORMANT}
    assert cache.rest_tasks("9999-01-01") == []


def test_forgetting_changes_only_what_had_something_old(
    cache: ToolCache, make: Callable[[str, str], ToolVersion]
) -> None:
    make("fresh", "two")
    cache.add_examples("old", [Example("1 + 1", "2")])
    known, tomorrow = cache.revision(), before(datetime.now(UTC) + timedelta(days=1))
    assert cache.forget(Selection(before=tomorrow)).examples == 1
    assert [each.task.name for each in cache.changes(known).known] == ["old"]
    known = cache.revision()
    assert cache.forget(Selection(before=tomorrow)) == Forgotten()
    assert not cache.changes(known).known


def test_more_tasks_than_a_statement_takes_values_are_touched(cache: ToolCache) -> None:
    with cache.writing() as connection:
        touch(connection, range(70_000))


def test_scopes_and_forms_come_with_the_tasks(cache: ToolCache) -> None:
    scope = Scope("tenant", "Answer in one word.")
    cache.record(Batch(examples=[("sorting", Example("q", "a", scope=scope))], came={"sorting": Record(came=1)}))
    cache.set_form("sorting", FOLDED)
    (known,) = cache.changes(0).known
    assert (known.task.scope, known.task.form) == (scope, FOLDED)
    assert known.task.examples == (Example("q", "a", scope=scope),)


def test_a_poller_sees_that_anyone_wrote(cache: ToolCache, other: ToolCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_POLL_SECONDS", math.inf)  # it must hear of it, not look

    def seen() -> bool:
        # A server tells its listeners a moment after the commit.
        until = time.monotonic() + 30
        while not cache.has_changed():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return not cache.has_changed()

    assert seen()
    other.add_examples("sorting", [])
    assert seen()
    cache.add_examples("dates", [])
    assert seen()
    other.tasks()
    assert not cache.has_changed()


def test_in_memory_anything_may_have_changed() -> None:
    with ToolCache.open("sqlite://") as cache:
        assert [cache.has_changed(), cache.has_changed()] == [True, True]


def test_readers_never_wait_for_a_writer(cache: ToolCache, path: Path) -> None:
    cache.add_examples("sorting", [])
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE tasks SET reason = 'not yet'")
        assert cache.changes(0).known[0].task.reason == ""
        cache.has_changed()
        writer.execute("ROLLBACK")


def test_what_happened_is_listed_oldest_first_the_newest_of_it(
    cache: ToolCache, make: Callable[[str, str], ToolVersion]
) -> None:
    make("sorting", "one")
    make("dates", "two")
    cache.retire("sorting", who="auditor", why="it disagreed")
    assert [each.kind for each in cache.events("sorting")] == ["verified", "promoted", "retired"]
    (last,) = cache.events(limit=1)
    assert (last.task, last.version, last.who, last.why) == ("sorting", 1, "auditor", "it disagreed")
    assert len(cache.events()) == 5


@pytest.mark.parametrize(("task", "version"), [("dates", None), ("dates", 1), ("sorting", 2)])
def test_nothing_happens_to_what_there_is_not(
    cache: ToolCache, make: Callable[[str, str], ToolVersion], task: str, version: int | None
) -> None:
    make("sorting", "one")
    with pytest.raises(NotFoundError, match=r"no task|no version"):
        cache.append_event(Event(EventKind.RETIRED, task, version, "person"))
