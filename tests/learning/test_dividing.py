"""What a task that turns out to be several takes with it."""

from pathlib import Path

import pytest

from latm import Settings
from latm.answer import Answer, Route
from latm.errors import StoreAwayError
from latm.learning.breadth import all_of
from latm.learning.learner import Learner
from latm.learning.watcher import Watcher
from latm.observing import Observers
from latm.store import ToolCache
from latm.task import Example, Task
from toy import sum_question

SUM, TILES, ODD = "Add 1 and 2.", "How many tiles cover 3 by 4?", "Add 5 and 6, please."


def test_a_task_has_its_examples_and_the_newest_direct_answers_but_no_example_of_another() -> None:
    task = Task("sums", (Example(SUM, "3", "gold"),))
    tiles = Task("tiles", (Example(TILES, "12", "m"),))
    answers = [
        Answer(ODD, "11", Route.DIRECT),
        Answer(ODD, "12", Route.DIRECT),
        Answer(SUM, "4", Route.DIRECT),
        Answer(TILES, "12", Route.DIRECT),
        Answer("Add 7 and 8.", "15", Route.TOOL),
    ]
    found = {one.question: (one.answer, one.source) for one in all_of(task, answers, [task, tiles], "m")}
    assert found == {ODD: ("11", "m"), SUM: ("3", "gold")}


@pytest.mark.parametrize("away", [("record", "suspensions"), ("suspensions",)], ids="+".join)
def test_a_division_does_not_seem_to_have_failed_if_the_store_is_away_right_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: tuple[str, ...]
) -> None:
    def failing(*_: object) -> None:
        raise StoreAwayError("The store is away.")

    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        cache.add_examples("sums", [Example(sum_question(n, n), str(2 * n), "m") for n in range(6)])
        watcher = Watcher(cache, Observers())
        watcher.refresh()
        learner = Learner(cache, watcher, Settings(), source="m", makes=True)
        for name in away:
            monkeypatch.setattr(cache, name, failing)
        assert learner.divided(["sums"]) == []
