"""Tools: found by task or id, versioned per task, shared between tasks, retired and restored."""

import hashlib
from collections.abc import Callable
from decimal import Decimal

import pytest

from latm.answer import Answer, Route
from latm.errors import NotFoundError, StoreError
from latm.event import Event, EventKind
from latm.ledger import Usage
from latm.provenance import Attempt, Making, Outcome
from latm.store import Batch, ToolCache
from latm.task import Record, TaskStatus
from latm.tool import Program, ToolStatus, ToolVersion, Verification

Make = Callable[[str, str], ToolVersion]


def test_versions_count_up_within_each_task(make: Make) -> None:
    made = [make("sorting", "one"), make("sorting", "two"), make("dates", "three")]
    assert [(tool.task, tool.number) for tool in made] == [("sorting", 1), ("sorting", 2), ("dates", 1)]


def test_the_same_source_again_is_no_new_version(cache: ToolCache, make: Make) -> None:
    assert make("sorting", "one").number == make("sorting", "one").number == 1
    assert len(cache.tools()) == 1
    assert len(cache.makings()) == 2


def test_going_back_to_an_older_source_is_a_new_version(cache: ToolCache, make: Make) -> None:
    old = make("sorting", "one")
    make("sorting", "two")
    assert make("sorting", "one").number == 3
    assert cache.task("sorting").tool_id == old.id


def test_one_source_may_serve_several_tasks(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    reused = cache.record_making(Making("ordering", Outcome.REUSED, "answers all", tool.id, ""), tool.program)
    assert reused == ToolVersion("ordering", Program("one"), 1, status=ToolStatus.SERVING)
    assert cache.task("ordering").tool_id == cache.task("sorting").tool_id == tool.id
    assert [(each.task, each.id) for each in cache.tools()] == [("ordering", tool.id), ("sorting", tool.id)]
    assert cache.tool(tool.id).task == "sorting"


def test_a_tool_is_found_by_its_task_its_id_and_the_beginning_of_its_id(cache: ToolCache, make: Make) -> None:
    make("sorting", "one")
    newest = make("sorting", "two")
    assert cache.tool("sorting") == cache.tool(newest.id) == cache.tool(newest.id[:6]) == newest


def test_an_id_that_several_tools_share_the_beginning_of_is_refused(cache: ToolCache, make: Make) -> None:
    ids = [make("sorting", f"source {number}").id for number in range(17)]
    shared = next(digit for digit in "0123456789abcdef" if sum(each.startswith(digit) for each in ids) > 1)
    with pytest.raises(NotFoundError, match=f"Several tools begin with '{shared}'"):
        cache.tool(shared)


@pytest.mark.parametrize("name", ["sorted", "", "%", "_"])
def test_a_tool_that_is_not_there_is_not_found(cache: ToolCache, make: Make, name: str) -> None:
    make("sorting", "one")
    with pytest.raises(NotFoundError, match="no tool and no task"):
        cache.tool(name)


def test_tools_are_listed_by_task_and_by_status(cache: ToolCache, make: Make) -> None:
    old, new, other = make("sorting", "one"), make("sorting", "two"), make("dates", "three")
    cache.retire(old.id)
    assert [tool.id for tool in cache.tools()] == [other.id, old.id, new.id]
    assert [tool.id for tool in cache.tools(task="sorting")] == [old.id, new.id]
    assert [tool.id for tool in cache.tools(task="sorting", status=ToolStatus.SERVING)] == [new.id]
    assert [tool.id for tool in cache.tools(status=ToolStatus.RETIRED)] == [old.id]


def test_a_retired_version_gives_way_to_the_one_before(cache: ToolCache, make: Make) -> None:
    old, new = make("sorting", "one"), make("sorting", "two")
    cache.retire(new.id)
    assert cache.tool("sorting") == old
    assert cache.task("sorting").tool_id == old.id
    assert cache.task("sorting").status is TaskStatus.SERVED


def test_a_task_without_a_serving_tool_collects_again_and_says_why(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    cache.retire(tool.id[:8])
    task = cache.task("sorting")
    assert (task.status, task.tool_id) == (TaskStatus.COLLECTING, None)
    assert task.reason == "version 1 of its tool was retired"
    with pytest.raises(NotFoundError, match="No tool serves the task 'sorting'"):
        cache.tool("sorting")


def test_restoring_undoes_retiring(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    before = cache.tasks(), cache.tools()
    cache.retire(tool.id)
    cache.restore(tool.id)
    assert (cache.tasks(), cache.tools()) == before


def test_a_retired_source_that_is_made_again_stays_retired(cache: ToolCache, make: Make) -> None:
    cache.retire(make("sorting", "one").id)
    assert make("sorting", "one").status is ToolStatus.RETIRED
    assert cache.task("sorting").status is TaskStatus.FAILED


def test_a_program_retired_for_one_task_serves_the_other(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    make("ordering", "one")
    (retired,) = cache.retire(tool.id, task="sorting", why="its answers are in another order")
    assert (retired.task, retired.status) == ("sorting", ToolStatus.RETIRED)
    assert (cache.task("sorting").tool_id, cache.task("ordering").tool_id) == (None, tool.id)
    assert cache.tool("ordering").program == tool.program
    (event,) = [event for event in cache.events() if event.kind is EventKind.RETIRED]
    assert (event.task, event.version, event.why) == ("sorting", 1, "its answers are in another order")


def test_a_program_is_retired_for_every_task_where_none_is_named(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    make("ordering", "one")
    assert {each.task for each in cache.retire(tool.id)} == {"sorting", "ordering"}
    assert cache.tools(status=ToolStatus.SERVING) == []
    assert {each.task for each in cache.restore(tool.id[:8])} == {"sorting", "ordering"}
    assert len(cache.tools(status=ToolStatus.SERVING)) == 2


def test_a_task_names_its_serving_version_to_retire_and_the_newest_withdrawn_one_to_restore(
    cache: ToolCache, make: Make
) -> None:
    make("sorting", "one")
    make("sorting", "two")
    assert [tool.number for tool in cache.retire("sorting")] == [2]
    assert [tool.number for tool in cache.retire("sorting")] == [1]
    with pytest.raises(NotFoundError, match="No tool serves the task 'sorting'"):
        cache.retire("sorting")
    assert [tool.number for tool in cache.restore("sorting")] == [2]
    assert cache.tool("sorting").number == 2


def test_what_is_retired_twice_was_retired_once(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    cache.retire(tool.id)
    assert cache.retire(tool.id) == []
    assert [event.kind for event in cache.events()].count(EventKind.RETIRED) == 1


def test_a_task_that_does_not_have_the_program_is_told_which_do(cache: ToolCache, make: Make) -> None:
    tool = make("sorting", "one")
    make("dates", "two")
    with pytest.raises(NotFoundError, match=r"The task 'dates' has no tool .*It is one of sorting"):
        cache.retire(tool.id, task="dates")


def test_a_suspended_tool_does_not_serve_until_it_is_restored(cache: ToolCache, make: Make) -> None:
    make("sorting", "one")
    cache.append_event(Event(EventKind.SUSPENDED, "sorting", 1, "auditor", "3 of 10 differ", {"differ": 3}))
    assert cache.task("sorting").reason == "version 1 of its tool was suspended: 3 of 10 differ"
    assert make("sorting", "one").status is ToolStatus.SUSPENDED
    cache.restore("sorting", why="the labels were wrong")
    assert cache.task("sorting").status is TaskStatus.SERVED


def test_a_deleted_task_leaves_its_record_and_what_others_share(cache: ToolCache, make: Make) -> None:
    shared = make("sorting", "one")
    make("ordering", "one")
    own = make("sorting", "two")
    cache.record(Batch([Answer("q", "a", Route.TOOL, "sorting", own.id)]))

    cache.delete_task("sorting")

    assert [task.name for task in cache.tasks()] == ["ordering"]
    assert cache.tool(shared.id).task == "ordering"
    with pytest.raises(NotFoundError):
        cache.tool(own.id)
    assert [making.task for making in cache.makings("sorting")] == ["sorting", "sorting"]
    assert [answer.task for answer in cache.answers("sorting")] == ["sorting"]
    assert [event.version for event in cache.events("sorting")] == [1, 1, 2, 2]


def test_a_new_task_inherits_nothing_from_a_deleted_one_of_its_name(cache: ToolCache, make: Make) -> None:
    cache.retire(make("sorting", "one").id)
    cache.delete_task("sorting")
    assert make("sorting", "one").status is ToolStatus.SERVING
    assert [event.kind for event in cache.events("sorting")] == [EventKind.VERIFIED, EventKind.PROMOTED]


def test_many_tasks_are_deleted_at_once_but_none_that_a_tool_is_made_for(cache: ToolCache, make: Make) -> None:
    make("sorting", "one")
    make("ordering", "one")
    make("dates", "two")
    cache.record(Batch(came={f"one-off {number}": Record(came=1) for number in range(1200)}))
    cache.claim_making("one-off 7", "me", 60)
    known = cache.revision()
    gone = cache.delete_tasks(["sorting", "dates", "never there", *(f"one-off {number}" for number in range(1200))])
    assert len(gone) == 1201
    assert [task.name for task in cache.tasks()] == ["ordering", "one-off 7"]
    assert [tool.source for tool in cache.tools()] == ["one"]
    assert set(cache.changes(known).removed) == set(gone)


def test_a_task_is_not_deleted_while_a_tool_is_made_for_it(cache: ToolCache, make: Make) -> None:
    make("sorting", "one")
    cache.claim_making("sorting", "me", 60)
    with pytest.raises(StoreError, match="being made for 'sorting'"):
        cache.delete_task("sorting")
    with pytest.raises(NotFoundError, match="no task 'dates'"):
        cache.delete_task("dates")


def test_an_older_version_that_was_retired_does_not_come_back_as_a_new_one(cache: ToolCache, make: Make) -> None:
    retired = make("sorting", "one")
    make("sorting", "two")
    cache.retire(retired.id)
    again = make("sorting", "one")
    assert (again.number, again.status) == (1, ToolStatus.RETIRED)
    assert cache.tool("sorting").number == 2


def test_an_exported_tool_says_how_it_came_to_be_and_is_its_source(cache: ToolCache) -> None:
    program = Program("def parse(question):\n    return None\n")
    cache.record_making(
        Making(
            *("sorting", Outcome.MADE, "passed every gate", program.id, "test:maker"),
            attempts=[Attempt("propose", "write", "words")],
            caught={"held-out": 1},
            usage=Usage(1, 20, 30, Decimal("0.0005")),
            started_at="2026-01-02T03:04:05Z",
            version="0.1.0",
        ),
        program,
        verification=Verification(answered=6, held_out=3),
    )
    exported = cache.export("sorting")
    head, source = exported.split("\n\n", 1)
    assert hashlib.sha256(source.encode()).hexdigest().startswith(program.id)
    for fact in (
        *("task:     sorting", "version:  1", program.id, "2026-01-02T03:04:05Z by test:maker with latm 0.1.0"),
        *("made: passed every gate", "held-out 1, in 1 tries", "1 calls, 50 tokens, for 0.0005 US dollars"),
        *("verified: on 6 examples, 3 of them held out", "status:   serving"),
    ):
        assert fact in head


@pytest.mark.parametrize("name", ["a\nimport os", "a\rimport os", "a\0b", "a\u2028b", "coding: rot13", "\ud800"])
def test_no_name_breaks_out_of_the_comment_of_an_exported_tool(cache: ToolCache, make: Make, name: str) -> None:
    exported = cache.export(make(name, "VALUE = 1\n").id)
    namespace: dict[str, object] = {}
    exec(exported.encode(), namespace)  # noqa: S102  # our own source; bytes, so that Python looks for an encoding
    assert namespace["VALUE"] == 1
    assert "os" not in namespace
