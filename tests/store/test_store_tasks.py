"""Tasks, their examples and their status."""

from collections.abc import Callable

import pytest

from latm.answer import Answer, Route
from latm.errors import NotFoundError, StoreError
from latm.event import Event, EventKind
from latm.form import FOLDED
from latm.store import Batch, ToolCache
from latm.task import GOLD, Example, Record, TaskStatus
from latm.tool import ToolVersion

MODEL = "test:strong"


def test_examples_keep_the_order_in_which_they_came(cache: ToolCache) -> None:
    first, second, third = (Example(name, "a") for name in "zay")
    cache.add_examples("sorting", [first, second])
    cache.add_examples("other", [Example("q", "a")])
    cache.add_examples("sorting", [third])

    assert [task.name for task in cache.tasks()] == ["sorting", "other"]
    assert cache.tasks()[0].examples == (first, second, third)
    assert cache.task("sorting").examples == (first, second, third)


def test_a_task_may_begin_without_examples(cache: ToolCache) -> None:
    cache.add_examples("sorting", [])
    assert cache.task("sorting").examples == ()
    assert cache.task("sorting").status is TaskStatus.COLLECTING


@pytest.mark.parametrize(
    ("before", "added", "kept"),
    [
        (("a", MODEL), ("b", GOLD), ("b", GOLD)),
        (("a", MODEL), ("a", GOLD), ("a", GOLD)),
        (("a", GOLD), ("b", MODEL), ("a", GOLD)),
        (("a", GOLD), ("b", GOLD), ("b", GOLD)),
        (("a", MODEL), ("b", MODEL), ("b", MODEL)),
        (("a", "test:other"), ("a", MODEL), ("a", "test:other")),
    ],
)
def test_a_question_is_kept_once_and_gold_wins(
    cache: ToolCache, before: tuple[str, str], added: tuple[str, str], kept: tuple[str, str]
) -> None:
    cache.add_examples("sorting", [Example("q", *before)])
    cache.add_examples("sorting", [Example("q", *added)])
    assert cache.task("sorting").examples == (Example("q", *kept),)


@pytest.mark.parametrize(
    ("dropped", "added", "comes_back"),
    [
        (("a", MODEL), ("a", MODEL), False),
        (("a", MODEL), ("b", MODEL), True),
        (("a", MODEL), ("a", GOLD), True),
        (("a", GOLD), ("a", GOLD), False),
        (("a", GOLD), ("b", GOLD), True),
        (("a", GOLD), ("b", MODEL), False),
    ],
)
def test_a_dropped_example_comes_back_only_with_better_evidence(
    cache: ToolCache, dropped: tuple[str, str], added: tuple[str, str], comes_back: bool
) -> None:
    cache.add_examples("sorting", [Example("q", *dropped)])
    cache.drop_example("sorting", "q", "two fresh answers said otherwise")
    cache.add_examples("sorting", [Example("q", *added)])
    assert cache.task("sorting").examples == ((Example("q", *added),) if comes_back else ())


def test_a_dropped_example_stays_on_record_with_its_reason(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a")])
    cache.drop_example("sorting", "q", "two fresh answers said otherwise")
    why = "two fresh answers said otherwise"
    assert cache.dropped_examples("sorting") == [Example("q", "a", dropped=why)]


def test_an_example_that_is_not_there_cannot_be_dropped(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a")])
    with pytest.raises(NotFoundError, match="'sorting' has no example 'p'"):
        cache.drop_example("sorting", "p", "")


def test_an_unknown_task_is_answered_with_names_like_it(cache: ToolCache) -> None:
    cache.add_examples("word_sorting", [])
    with pytest.raises(NotFoundError, match=r"no task 'word_sort'\. Did you mean 'word_sorting'\?"):
        cache.task("word_sort")


def test_everything_of_a_task_goes_with_its_new_name(cache: ToolCache, make: Callable[[str, str], ToolVersion]) -> None:
    cache.add_examples("task-1", [Example("q", "a")])
    tool = make("task-1", "source")
    cache.record(Batch([Answer("p", "b", Route.TOOL, "task-1", tool.id)]))

    cache.rename_task("task-1", "sorting")

    assert [task.name for task in cache.tasks()] == ["sorting"]
    assert cache.task("sorting").examples == (Example("q", "a"),)
    assert cache.tool("sorting").task == "sorting"
    assert [making.task for making in cache.makings()] == ["sorting"]
    assert [answer.task for answer in cache.answers()] == ["sorting"]


def test_a_name_is_not_given_twice(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a")])
    cache.add_examples("dates", [])
    with pytest.raises(StoreError, match="a task 'sorting' already"):
        cache.rename_task("dates", "sorting")
    assert [task.name for task in cache.tasks()] == ["sorting", "dates"]


def test_a_task_is_not_renamed_while_a_tool_is_made_for_it(cache: ToolCache) -> None:
    cache.add_examples("task-1", [])
    cache.claim_making("task-1", "me", 60)
    with pytest.raises(StoreError, match="being made for 'task-1'"):
        cache.rename_task("task-1", "sorting")


def test_a_task_does_not_take_the_name_that_a_tool_is_being_made_for(cache: ToolCache) -> None:
    cache.add_examples("task-1", [])
    cache.claim_making("sorting", "me", 60)
    with pytest.raises(StoreError, match="being made for 'sorting'"):
        cache.rename_task("task-1", "sorting")


def test_an_unknown_task_cannot_be_renamed(cache: ToolCache) -> None:
    with pytest.raises(NotFoundError, match="no task 'dates'"):
        cache.rename_task("dates", "sorting")


def test_the_revision_grows_with_every_change_and_only_then(
    cache: ToolCache, make: Callable[[str, str], ToolVersion]
) -> None:
    example = Example("q", "a", MODEL)
    tool = make("dates", "source")
    again = Event(EventKind.SUSPENDED, "dates", 1, "auditor", "it disagreed")
    changes: list[Callable[[], object]] = [
        lambda: cache.add_examples("sorting", [example]),
        lambda: cache.record(Batch(examples=[("sorting", Example("p", "b", MODEL))])),
        lambda: cache.set_form("sorting", FOLDED),
        lambda: cache.drop_example("sorting", "q", "wrong"),
        lambda: cache.restore_example("sorting", "q"),
        lambda: make("sorting", "other source"),
        lambda: cache.retire(tool.id),
        lambda: cache.restore(tool.id),
        lambda: cache.append_event(again),
        lambda: cache.rename_task("sorting", "word_sorting"),
        lambda: cache.delete_task("dates"),
    ]
    no_changes: list[Callable[[], object]] = [
        lambda: cache.add_examples("word_sorting", [example]),
        lambda: cache.record(Batch([Answer("q", "a", Route.DIRECT)], came={"word_sorting": Record(came=1)})),
        lambda: cache.claim_making("word_sorting", "me", 60),
        lambda: cache.release_making("word_sorting", "me", keep_work=True),
        cache.tasks,
    ]
    for change in changes:
        before = cache.revision()
        change()
        assert cache.revision() > before
    for no_change in no_changes:
        before = cache.revision()
        no_change()
        assert cache.revision() == before
