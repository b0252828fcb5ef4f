"""What a making starts from."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from latm.answer import Answer, Route
from latm.form import Form, Same
from latm.form.rulings import Ruling, Wording
from latm.learning.orders import Orders, work_of
from latm.learning.watcher import Watcher
from latm.observing import LoggingObserver
from latm.provenance import Making, Outcome
from latm.settings import Settings
from latm.store import Batch, Selection, ToolCache
from latm.task import Example
from latm.tool import Program
from toy import sum_question

EXAMPLES = [Example(sum_question(n, n), str(2 * n), "gold") for n in range(8)]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ToolCache]:
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        yield cache


def orders(cache: ToolCache, same: Same | None = None, **settings: object) -> Orders:
    watcher = Watcher(cache, LoggingObserver())
    watcher.refresh()
    return Orders(cache, watcher, Settings.model_validate(settings), same)


def test_a_making_that_broke_off_goes_on_with_what_it_showed(cache: ToolCache) -> None:
    ours = orders(cache, lambda one, other: one[0] == other[0])
    began = replace(ours.of_examples("sums", EXAMPLES[:6]), shown=2, may_be_several=True)
    resumed = ours.resumed(ours.of_examples("sums", EXAMPLES), json.loads(json.dumps(work_of(began))))
    assert work_of(resumed) == work_of(began)
    assert resumed.form.same("yes", "yellow")


def test_a_form_that_the_user_sets_reads_answers_as_they_come(cache: ToolCache) -> None:
    dressed = [replace(one, answer=f"The sum is {one.answer}.") for one in EXAMPLES]
    form = orders(cache, answer_form="number").of_examples("sums", dressed).form
    assert form.same("The sum is 7.", "7")


def test_a_making_of_a_callers_examples_keeps_what_was_ruled_for_the_task(cache: ToolCache) -> None:
    ruling = Ruling(Wording((), ()), Wording(("The", "sum", "is"), ()), same=True)
    cache.add_examples("sums", EXAMPLES)
    cache.set_form("sums", Form().taught(ruling))
    assert orders(cache).of_examples("sums", EXAMPLES).form.rulings == (ruling,)
    assert orders(cache).of_examples("other sums", EXAMPLES).form.rulings == ()


def test_a_task_that_rests_is_found_by_the_wording_that_is_kept_of_it(cache: ToolCache) -> None:
    program = Program("the tool for sums")
    cache.add_examples("sums", EXAMPLES)
    cache.record_making(Making("sums", Outcome.MADE, "", program.id, "m"), program)
    cache.record(Batch([Answer(sum_question(1, 2), "3", Route.TOOL, task="sums")]))
    assert cache.rest_tasks("9999-01-01")
    cache.forget(Selection(task="sums"))
    assert cache.task("sums").examples == ()
    assert orders(cache).of_examples("other sums", EXAMPLES).reusable == (program,)
