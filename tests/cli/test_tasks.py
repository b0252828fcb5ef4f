"""`latm tasks`: the kinds that were found, as readable templates."""

from pathlib import Path

import pytest
from calling import Call

from latm.question import ANY, Scope
from latm.store import ToolCache
from latm.task import Example

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
