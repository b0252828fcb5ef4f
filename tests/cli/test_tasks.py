"""`latm tasks`: the kinds that were found, as readable templates."""

from pathlib import Path

import pytest
from calling import Call

from latm.event import EventKind
from latm.provenance import Making, Outcome
from latm.question import ANY, Scope
from latm.store import Batch, ToolCache
from latm.task import Example, Record
from latm.tool import Program

PREAMBLE = "You are the assistant of a small bakery in the old town. Be brief and exact, and never mention prices. "
KINDS = {
    "sums": PREAMBLE + "Add the numbers {} and {}. Reply with the sum only.",
    "loaves": PREAMBLE + "We bake {} loaves and sell {}. How many are left?",
    "小计": PREAMBLE + "每箱有{}个面包，一共{}箱，请问总共有多少个面包？",
}


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'latm.db'}"
    with ToolCache.open(url) as cache:
        for name, shape in KINDS.items():
            cache.add_examples(name, [Example(shape.format(100 + n, 7 * n), "1") for n in range(5)])
        apart = Scope(instructions="Translate what follows.")
        cache.add_examples("apart", [Example(word, "mot", scope=apart) for word in ("one", "a bird", "sky")])
    return url


def test_each_task_is_shown_by_what_its_questions_share_and_no_other_does(latm: Call, store: str) -> None:
    rows = {row["task"]: row for row in latm("tasks", "--store", store, "--json").object["tasks"]}
    assert rows["sums"]["template"] == "Add the numbers {…} and {…}. Reply with the sum only."
    assert rows["loaves"]["template"] == "We bake {…} loaves and sell {…}. How many are left?"
    assert rows["小计"]["template"] == "每箱有{…}个面包，一共{…}箱，请问总共有多少个面包？"
    assert (rows["apart"]["instructions"], rows["apart"]["template"]) == ("Translate what follows.", "")
    assert rows["sums"]["instructions"] == ANY.instructions


def test_a_person_reads_the_same(latm: Call, store: str) -> None:
    shown = latm("tasks", "--store", store).out
    assert "sums  collecting, 5 examples\n    Add the numbers {…} and {…}." in shown
    assert "bakery" not in shown
    assert "(its questions share no text)" in shown


def test_an_empty_cache_says_so(latm: Call, tmp_path: Path) -> None:
    assert latm("tasks", "--store", f"sqlite:///{tmp_path / 'new.db'}").out == "There are no tasks yet.\n"


def names(latm: Call, store: str) -> list[str]:
    return [row["task"] for row in latm("tasks", "--store", store, "--json").object["tasks"]]


def test_each_task_says_in_one_line_why_it_has_no_tool(latm: Call, store: str) -> None:
    with ToolCache.open(store) as cache:
        cache.record_making(Making("sums", Outcome.UNTOOLABLE, "this takes\na poet", None, "m"), None, came=5)
    rows = {row["task"]: row["missing"] for row in latm("tasks", "--store", store, "--json").object["tasks"]}
    assert rows["sums"] == "no program can do this: this takes a poet"
    assert "a making takes 6 different examples, and there are 5" in rows["loaves"]
    shown = latm("tasks", "--store", store).out
    assert "\n  no program can do this: this takes a poet\n" in shown


def test_one_task_is_shown_with_its_newest_examples(latm: Call, store: str) -> None:
    shown = latm("tasks", "show", "apart", "--store", store)
    assert shown.code == 0
    assert "Translate what follows." in shown.out
    assert "    sky\n    = mot\n" in shown.out
    told = latm("tasks", "show", "apart", "--store", store, "--json").object
    assert [example["question"] for example in told["shown"]] == ["sky", "a bird", "one"]
    assert latm("tasks", "show", "sum", "--store", store).code == 3


def test_tasks_are_merged_and_renamed(latm: Call, store: str) -> None:
    assert latm("tasks", "merge", "sums", "loaves", "--store", store).out == "loaves is now part of sums.\n"
    assert latm("tasks", "rename", "sums", "figures", "--store", store).code == 0
    assert names(latm, store) == ["figures", "loaves", "小计", "apart"]
    shown = latm("tasks", "--store", store).out
    assert "loaves  merged, 0 examples" in shown
    assert "it is part of 'sums': `latm tasks unmerge loaves` parts them" in shown
    with ToolCache.open(store) as cache:
        assert len(cache.task("figures").examples) == 10
        assert [event.kind for event in cache.events("figures")][:2] == [EventKind.MERGED, EventKind.RENAMED]
        cache.record(Batch([], [("loaves", Example("another", "1", "m"))], {"loaves": Record(came=1)}))
        assert "another" in {example.question for example in cache.task("figures").examples}
    assert latm("tasks", "unmerge", "loaves", "--store", store).out == "loaves is a kind of its own again.\n"
    with ToolCache.open(store) as cache:
        assert len(cache.task("loaves").examples) == 5


def test_a_task_is_split_by_its_wordings_or_by_what_one_part_contains(latm: Call, store: str) -> None:
    latm("tasks", "merge", "sums", "loaves", "--store", store)
    by_wording = latm("tasks", "split", "sums", "--store", store, "--json").object["into"]
    with ToolCache.open(store) as cache:
        assert by_wording[0] == "sums"
        assert sorted(len(cache.task(name).examples) for name in by_wording) == [5, 5]
    latm("tasks", "merge", *by_wording, "--store", store)
    given = ("split", "sums", "--containing", "LOAVES", "--as", "bread")
    told = latm("tasks", *given, "--store", store, "--json").object["into"]
    assert told == ["sums", "bread"]
    with ToolCache.open(store) as cache:
        parts = [{"loaves" in example.question for example in cache.task(name).examples} for name in told]
    assert parts == [{False}, {True}]


REFUSED = {
    "a task that there is not": (["merge", "sums", "nothing"], 3, "There is no task 'nothing'."),
    "itself": (["merge", "sums", "sums"], 3, "cannot be merged into itself"),
    "another scope": (["merge", "sums", "apart"], 3, "come with other instructions"),
    "what is not part of another": (["unmerge", "sums"], 3, "is not part of another kind"),
    "a part by no text": (["split", "sums", "--as", "bread"], 3, "Nothing says what 'bread' is to be."),
    "nothing to tell apart": (["split", "loaves"], 3, "do not tell any kinds apart"),
    "what all contain": (["split", "sums", "--containing", "numbers"], 3, "is in all of its 5 examples"),
}


@pytest.mark.parametrize(("words", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sorted_is_refused_and_stays(
    latm: Call, store: str, words: list[str], code: int, said: str
) -> None:
    with ToolCache.open(store) as cache:
        program = Program("def parse(question):\n    return None\n")
        cache.record_making(Making("sums", Outcome.MADE, "", program.id, "m"), program, came=5)
    before = names(latm, store)
    refused = latm("tasks", *words, "--store", store)
    assert (refused.code, names(latm, store)) == (code, before)
    assert said in refused.err
