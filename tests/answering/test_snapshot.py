"""What a snapshot shows of the tasks and their tools."""

import pytest

from latm.answering.snapshot import Snapshot
from latm.known import Known
from latm.question import Question, Scope
from latm.task import Example, Task
from latm.tool import Program, ToolVersion

OFFICE, HOME = Scope("office"), Scope("home")
TOOL, NEWER = ToolVersion("sums", Program("a = 1"), 1), ToolVersion("sums", Program("a = 2"), 2)
SUMS = [f"Give me the sum: {n}, {2 * n}." for n in (11, 12, 13)]
WORDS = [f"Sort {word} and fig by alphabet" for word in ("pear", "kiwi", "plum")]


def task(name: str, questions: list[str], scope: Scope = OFFICE) -> Task:
    return Task(name, tuple(Example(question, "…", scope=scope) for question in questions), scope=scope)


BEFORE = Snapshot().after(
    3,
    [
        Known(task("sums", SUMS), TOOL, shadow=NEWER),
        Known(task("words", WORDS)),
        Known(task("words at home", WORDS, HOME), ToolVersion("words at home", Program("b"), 1)),
    ],
    newest=7,
)


def test_a_snapshot_shows_tasks_and_the_versions_that_serve_and_that_are_compared() -> None:
    assert [(BEFORE.tool(name), BEFORE.shadow(name)) for name in ("sums", "words", "none")] == [
        (TOOL, NEWER), (None, None), (None, None),
    ]  # fmt: skip
    assert [one.name if (one := BEFORE.task(name)) else None for name in ("words", "none")] == ["words", None]
    assert (len(BEFORE), "words" in BEFORE, "none" in BEFORE, BEFORE.compares) == (3, True, False, True)
    assert (BEFORE.tasks_of(OFFICE), BEFORE.tasks_of(HOME)) == (["sums", "words"], ["words at home"])
    assert [one.task.name for one in BEFORE.known] == ["sums", "words", "words at home"]


def test_the_next_snapshot_shows_the_changes_and_the_one_before_stays_as_it_is() -> None:
    moved = task("words", WORDS, HOME)
    after = BEFORE.after(4, [Known(task("sums", SUMS), NEWER), Known(moved)], ["words at home", "none"], newest=5)
    assert (after.revision, after.newest, after.tool("sums"), after.compares) == (4, 7, NEWER, False)
    assert (after.tasks_of(OFFICE), after.tasks_of(HOME)) == (["sums"], ["words"])
    assert after.alike(Question(WORDS[0], OFFICE), 5) == ["sums"]
    assert after.alike(Question(WORDS[0]), 5) == []
    assert after.alike(Question(WORDS[0], HOME), 5) == ["words"]
    assert BEFORE.tasks_of(HOME) == ["words at home"]
    assert BEFORE.alike(Question(WORDS[0], HOME), 5) == ["words at home"]


@pytest.mark.parametrize(
    ("question", "scope", "kind", "candidates", "shadowed"),
    [
        (SUMS[0].replace("11", "99"), OFFICE, "sums", ["sums"], ["sums"]),
        (WORDS[0].replace("pear", "date"), OFFICE, "words", ["sums"], ["sums"]),
        (WORDS[0].replace("pear", "date"), HOME, "words at home", ["words at home"], []),
        ("Who painted it?", OFFICE, None, ["sums"], ["sums"]),
        (SUMS[0], Scope(), None, [], []),
        (SUMS[0] + " and so on" * 99, OFFICE, "sums", [], ["sums"]),
    ],
    ids=["served", "not served", "of another scope", "of no kind", "of no such scope", "far too long"],
)
def test_a_question_resembles_tasks_of_its_scope_and_those_that_are_served_may_answer_it(
    question: str, scope: Scope, kind: str | None, candidates: list[str], shadowed: list[str]
) -> None:
    asked = Question(question, scope)
    like = BEFORE.resemblance(asked, 3)
    assert (like.kind.name if like.kind else None) == kind
    assert (one.name if (one := BEFORE.kind_of(asked)) else None) == kind
    assert [one.task.name for one in like.candidates] == candidates
    assert (like.close, like.siblings, like.task and like.task.name) == (
        len(candidates), len(candidates), candidates[0] if candidates else None,
    )  # fmt: skip
    assert BEFORE.shadowed(asked, 3) == shadowed


def test_neighbours_are_the_others_of_the_scope_and_elsewhere_those_that_are_served() -> None:
    words, at_home = task("words", WORDS), task("words at home", WORDS, HOME)
    assert [one.task.name for one in BEFORE.neighbours(task("more", [*WORDS, *SUMS]), 5)] == ["words", "sums"]
    assert [one.task.name for one in BEFORE.neighbours(words, 5)] == ["sums"]
    assert [one.task.name for one in BEFORE.neighbours_elsewhere(words, 5)] == ["words at home"]
    assert [one.task.name for one in BEFORE.neighbours_elsewhere(at_home, 5)] == ["sums"]
    assert [one.task.name for one in BEFORE.neighbours_elsewhere(task("one word", WORDS[:1]), 5)] == ["words at home"]
    assert BEFORE.neighbours(task("new", WORDS, Scope("else")), 5) == []
