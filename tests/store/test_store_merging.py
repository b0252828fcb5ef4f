"""Merging and dividing kinds by hand: nothing is lost, and each is undone by the other."""

from pathlib import Path

import pytest

from latm.answer import Answer, Route
from latm.errors import InputError
from latm.store import Batch, ToolCache
from latm.task import Example, scoped
from served import SUM_EXAMPLES, promote, url_of

OTHERS = [Example(f"What is {n} plus {n}?", str(2 * n), "model") for n in range(4)]


@pytest.fixture
def cache(tmp_path: Path) -> ToolCache:
    url = url_of(tmp_path)
    promote(url, "sums")
    cache = ToolCache.open(url)
    cache.add_examples("pluses", OTHERS)
    cache.record(Batch([Answer(OTHERS[0].question, "0", Route.DIRECT, "pluses")]))
    return cache


def held(cache: ToolCache) -> dict[str, set[str]]:
    return {task.name: {example.question for example in task.examples} for task in cache.tasks()}


def test_a_merged_task_gives_all_it_has_and_gets_it_back(cache: ToolCache) -> None:
    before, served = held(cache), cache.tool("sums")
    cache.fold_task("sums", "pluses", why="they are one kind")
    assert held(cache) == {"sums": set(), "pluses": before["sums"] | before["pluses"]}
    assert [version.status for version in cache.tools(task="sums")] == ["retired"]
    assert [event.kind for event in cache.events("sums")][-2:] == ["retired", "merged"]
    cache.unfold_task("sums")
    assert held(cache) == before
    assert cache.tool("sums") == served


def test_answers_go_where_their_questions_go(cache: ToolCache) -> None:
    cache.fold_task("pluses", "sums")
    assert [answer.question for answer in cache.answers("sums")] == [OTHERS[0].question]
    cache.unfold_task("pluses")
    assert [answer.question for answer in cache.answers("pluses")] == [OTHERS[0].question]


def test_a_part_is_split_off_by_a_text_and_merging_it_undoes_that(cache: ToolCache) -> None:
    before = held(cache)
    assert cache.split_off("pluses", "What is 1", "ones") == 1
    assert held(cache)["ones"] == {OTHERS[1].question}
    cache.fold_task("ones", "pluses")
    assert held(cache) == before | {"ones": set()}


def test_an_example_that_both_have_stays_once(cache: ToolCache) -> None:
    cache.add_examples("pluses", SUM_EXAMPLES[:1])
    cache.fold_task("sums", "pluses")
    assert len(held(cache)["pluses"]) == len(OTHERS) + len(SUM_EXAMPLES)


def test_what_makes_no_sense_is_refused_and_changes_nothing(cache: ToolCache) -> None:
    cache.add_examples("northern", scoped([Example("What is 1 plus 1 in the north?", "2")], scope="north"))
    before = held(cache)
    for task, into in (("sums", "sums"), ("sums", "northern")):
        with pytest.raises(InputError):
            cache.fold_task(task, into)
    with pytest.raises(InputError):
        cache.unfold_task("sums")
    for text, new in (("What is", "all"), ("nowhere", "none"), ("", "empty"), ("What is 1", "sums")):
        with pytest.raises(InputError):
            cache.split_off("pluses", text, new)
    assert held(cache) == before
