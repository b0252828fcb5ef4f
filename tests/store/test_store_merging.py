"""Merging and splitting kinds by hand: nothing is lost, and each is undone by the other."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from latm.answer import Answer, Route
from latm.errors import InputError, StoreError
from latm.event import EventKind
from latm.ledger import Usage
from latm.provenance import Making, Outcome
from latm.question import ANY
from latm.store import Batch, ToolCache
from latm.store.checking import check
from latm.task import Example, Record, TaskStatus, scoped
from latm.tool import Program, ToolStatus

SUMS = [Example(f"Add {n} and 1.", str(n + 1), "model") for n in range(6)]
PLUSES = [Example(f"What is {n} plus {n}?", str(2 * n), "model") for n in range(4)]
COUNTED = {"sums": Record(20, 6, 600, 0.25), "pluses": Record(9, 4, 400, 0.125)}


@pytest.fixture
def merging(cache: ToolCache) -> ToolCache:
    """Two kinds, the first with a tool, the second with an answer on record."""
    program = Program("def parse(question):\n    return None\n")
    cache.add_examples("sums", SUMS)
    cache.record_making(Making("sums", Outcome.MADE, "", program.id, "m"), program)
    cache.add_examples("pluses", PLUSES)
    cache.record(Batch([Answer(PLUSES[0].question, "0", Route.DIRECT, "pluses", serial="a")], came=COUNTED))
    return cache


def held(cache: ToolCache) -> dict[str, set[str]]:
    return {task.name: {example.question for example in task.examples} for task in cache.tasks()}


def seen(cache: ToolCache) -> object:
    """All that merging and splitting touch."""
    names = ["sums", "pluses"]
    tasks = [(one.name, one.status, one.reason, one.tool_id) for one in cache.tasks() if one.name in names]
    return held(cache), tasks, cache.records(names), [(tool.number, tool.status) for tool in cache.tools(task="sums")]


@pytest.mark.parametrize(("into", "other"), [("pluses", "sums"), ("sums", "pluses")])
def test_merging_is_undone_to_the_last_count(merging: ToolCache, into: str, other: str) -> None:
    before = seen(merging)
    merging.merge_kinds(into, [other], why="they are one kind")
    assert held(merging) == {into: {one.question for one in (*SUMS, *PLUSES)}, other: set()}
    assert merging.records([into])[into] == Record(29, 10, 1000, 0.375)
    assert {task.name: task.status for task in merging.tasks()}[other] is TaskStatus.MERGED
    assert {answer.task for answer in merging.answers()} == {into if other == "pluses" else "pluses"}
    assert [event.kind for event in merging.events(other)][-1] is EventKind.MERGED
    assert check(merging) == []
    merging.unmerge_kind(other)
    assert seen(merging) == before
    assert {answer.task for answer in merging.answers()} == {"pluses"}
    assert check(merging) == []


def test_the_tool_of_what_was_merged_is_retired_and_comes_back(merging: ToolCache) -> None:
    served = merging.tool("sums")
    merging.merge_kinds("pluses", ["sums"])
    assert [version.status for version in merging.tools(task="sums")] == [ToolStatus.RETIRED]
    merging.unmerge_kind("sums")
    assert merging.tool("sums") == served


def test_what_others_still_say_of_it_goes_to_what_it_is_part_of(merging: ToolCache) -> None:
    merging.merge_kinds("pluses", ["sums"])
    late = Answer("Add 9 and 1.", "10", Route.DIRECT, "sums", None, Usage(1, 10, 5, Decimal("0.5")), serial="b")
    of_tool = Answer("Add 8 and 1.", "9", Route.TOOL, "sums", "x", serial="c", tool=("sums", 1))
    merging.record(Batch([late, of_tool], [("sums", Example(late.question, "10", "m"))], {"sums": Record(came=1)}))
    assert late.question in held(merging)["pluses"]
    assert held(merging)["sums"] == set()
    assert merging.records(["pluses"])["pluses"].came == 30
    assert [(one.task, one.version) for one in merging.served()] == [("sums", 1)]  # its bound stays its own


def test_an_example_that_both_had_is_both_ones_again(merging: ToolCache) -> None:
    merging.add_examples("pluses", SUMS[:1])
    before = seen(merging)
    merging.merge_kinds("pluses", ["sums"])
    assert len(held(merging)["pluses"]) == len(SUMS) + len(PLUSES)
    merging.unmerge_kind("sums")
    assert seen(merging) == before


def test_splitting_retires_the_tool_and_merging_again_undoes_all_of_it(merging: ToolCache) -> None:
    before = seen(merging)
    merging.split_kind("sums", {"small": SUMS[:2], "tiny": SUMS[2:3]})
    assert held(merging)["small"] == {one.question for one in SUMS[:2]}
    assert {name: record.came for name, record in merging.records(["sums", "small", "tiny"]).items()} == {
        "sums": 10, "small": 6, "tiny": 4,
    }  # fmt: skip
    assert [tool.status for tool in merging.tools(task="sums")] == [ToolStatus.RETIRED]
    merging.merge_kinds("sums", ["small"])
    assert [tool.status for tool in merging.tools(task="sums")] == [ToolStatus.RETIRED]  # a part is still away
    merging.merge_kinds("sums", ["tiny"])
    assert [tool.status for tool in merging.tools(task="sums")] == [ToolStatus.SERVING]
    assert held(merging) == before[0] | {"small": set(), "tiny": set()}  # type: ignore[index]
    assert check(merging) == []


REFUSED: dict[str, Callable[[ToolCache], object]] = {
    "itself": lambda cache: cache.merge_kinds("sums", ["sums"]),
    "another scope": lambda cache: cache.merge_kinds("northern", ["sums"]),
    "what is no part": lambda cache: cache.unmerge_kind("sums"),
    "what is one already": lambda cache: cache.merge_kinds("sums", ["merged"]),
    "into what is one": lambda cache: cache.merge_kinds("merged", ["sums"]),
    "a name that is taken": lambda cache: cache.split_kind("sums", {"pluses": SUMS[:1]}),
    "no name": lambda cache: cache.split_kind("sums", {" ": SUMS[:1]}),
}


@pytest.mark.parametrize("act", REFUSED)
def test_what_makes_no_sense_is_refused_and_changes_nothing(merging: ToolCache, act: str) -> None:
    merging.add_examples("northern", scoped([Example("Add 1 and 1 in the north.", "2")], scope="north"))
    merging.add_examples("merged", [Example("Add 1 to 1.", "2")])
    merging.merge_kinds("pluses", ["merged"])
    before = seen(merging)
    with pytest.raises(InputError):
        REFUSED[act](merging)
    assert seen(merging) == before


def test_a_pinned_tool_is_neither_merged_away_nor_split(merging: ToolCache) -> None:
    merging.pin("sums")
    with pytest.raises(StoreError, match="is pinned"):
        merging.merge_kinds("pluses", ["sums"])
    with pytest.raises(StoreError, match="is pinned"):
        merging.split_kind("sums", {"small": SUMS[:2]})
    assert merging.task("sums").scope == ANY
