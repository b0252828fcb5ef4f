"""Scoring and saving, on runs written by hand."""

from decimal import Decimal

import pytest

from latm.answer import Answer, Route
from latm.demo.running import Course, MakingAt
from latm.demo.saving import all_direct_usage, direct_so_far, list_price, saving_of, spent_so_far
from latm.demo.scoring import Score, score
from latm.errors import SettingsError
from latm.ledger import Usage
from latm.provenance import Making, Outcome
from latm.task import Example, Instance, Task, TaskStatus

DIRECT = Usage(1, 100, 50)
TRIED = Usage(2, 900, 90)
MAKING = Usage(1, 1000, 500)


def course() -> Course:
    """Two kinds, red and blue; after three questions a tool stands for the task that is mostly red."""
    answers = [
        Answer("red 1", "R", Route.DIRECT, usage=DIRECT),
        Answer("blue 1", "B", Route.DIRECT, usage=DIRECT),
        Answer("stray", "R", Route.DIRECT, usage=DIRECT),
        Answer("red 2", " R\n", Route.TOOL, task="reds", tool_id="t"),
        Answer("red 3", "wrong", Route.TOOL, task="reds", tool_id="t"),
        Answer("red 4", "R", Route.DIRECT, task="reds", usage=TRIED),
        Answer("blue 2", "B", Route.TOOL, task="reds", tool_id="t"),
        Answer("blue 3", "", Route.FAILED, task="blues"),
    ]
    reds = Task("reds", (Example("red 1", "R", "model"),), TaskStatus.SERVED, tool_id="t")
    blues = Task("blues", (Example("blue 1", "B", "model"),))
    making = Making("reds", Outcome.MADE, "it works", "t", "model", usage=MAKING)
    spent = Usage(6, 2200, 740)
    return Course(answers, [reds, blues], [MakingAt(making, 3)], {"reds": 3}, {"direct": 4}, spent, Usage(), 1.0)


def scored() -> Score:
    kinds = ["red", "blue", "red", "red", "red", "red", "blue", "blue"]
    truths = {"red": "R", "blue": "B"}
    answers = course().answers
    return score(
        course(), [Instance(a.question, answer=truths[k], task=k) for a, k in zip(answers, kinds, strict=True)]
    )


def test_white_space_at_the_ends_does_not_count_and_a_failed_answer_is_wrong() -> None:
    assert [one.right for one in scored().scored] == [True, True, True, True, False, True, True, False]


def test_a_question_belongs_to_the_task_that_kept_it_as_an_example_even_if_unknown_when_asked() -> None:
    tasks = [one.task for one in scored().scored]
    assert tasks == ["reds", "blues", None, "reds", "reds", "reds", "reds", "blues"]


def test_after_tool_is_by_kind_whatever_task_a_question_was_put_under() -> None:
    assert [one.after_tool for one in scored().scored] == [False, False, False, True, True, True, False, False]


def test_kinds_and_found_tasks_add_up_to_the_same_questions() -> None:
    result = scored()
    sums = [
        [
            sum(getattr(tally, name) for tally in tallies)
            for name in ("questions", "right", "wrong", "by_tool", "after_tool")
        ]
        for tallies in (list(result.kinds.values()), [found.tally for found in result.found], [result.total])
    ]
    assert sums[0] == sums[1] == sums[2] == [8, 6, 2, 3, 3]


def test_coverage_is_of_what_came_once_a_tool_stood_and_precision_of_what_tools_answered() -> None:
    total = scored().total
    assert (total.coverage, total.precision) == (2 / 3, 2 / 3)
    assert (scored().kinds["blue"].coverage, scored().kinds["blue"].precision) == (None, 1.0)


def test_a_found_task_names_its_kinds_and_what_its_making_took() -> None:
    found = {one.name: one for one in scored().found}
    assert (found["reds"].kind, found["reds"].kinds, found["reds"].making) == ("red", {"red": 4, "blue": 1}, MAKING)
    assert (found["(no task)"].kind, found["(no task)"].status) == ("red", "unassigned")


def test_an_answer_that_the_tool_user_tried_first_is_no_sample_of_a_direct_answer() -> None:
    assert scored().direct["red"].tokens == DIRECT.tokens
    assert scored().direct["red"].sample == 2


def test_the_saving_compares_all_that_was_spent_with_every_question_at_its_kinds_mean() -> None:
    saving = saving_of(course(), scored(), None)
    assert all_direct_usage(scored()) == Usage(8, 800, 400, None)
    assert saving.share == pytest.approx(1 - 2940 / 1200)
    assert saving.style == "reasoned"
    assert (saving.spent_usd, saving.all_direct_usd) == (None, None)


def test_what_was_spent_steps_up_where_a_tool_was_made_and_ends_at_the_total() -> None:
    spent = spent_so_far(course())
    assert spent == [150, 300, 450, 1950, 1950, 2940, 2940, 2940]
    assert direct_so_far(scored())[-1] == 1200


def test_a_list_price_turns_tokens_into_money_and_an_unknown_one_is_refused() -> None:
    assert list_price("openai:gpt-4o", Usage(1, 1_000_000, 0)) > Decimal(0)
    with pytest.raises(SettingsError, match="no known list price"):
        list_price("openai:no-such-model", Usage(1, 1, 1))
