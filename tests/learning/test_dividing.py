"""What a task that turns out to be several takes with it."""

from latm.answer import Answer, Route
from latm.learning.breadth import all_of
from latm.task import Example, Task

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
