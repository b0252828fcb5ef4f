"""Examples are a living sample: the newest of what models said, bounded, and all that is gold."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latm.answer import Answer, Route
from latm.errors import NotFoundError
from latm.event import EventKind
from latm.question import Scope
from latm.store import Batch, ToolCache
from latm.task import GOLD, Example, Record

MODEL = "test:strong"


def shown(cache: ToolCache, task: str = "sorting") -> list[str]:
    return [example.question for example in cache.task(task).examples]


def test_the_oldest_that_models_labelled_give_way(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example(f"q{number}", "a", MODEL) for number in range(5)], kept=3)
    assert shown(cache) == ["q2", "q3", "q4"]
    cache.record(Batch(examples=[("sorting", Example("q5", "a", MODEL))]), kept=3)
    assert shown(cache) == ["q3", "q4", "q5"]


def test_gold_never_gives_way_and_takes_no_place(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example(f"gold {number}", "a") for number in range(30)], kept=2)
    cache.add_examples("sorting", [Example(f"q{number}", "a", MODEL) for number in range(3)], kept=2)
    assert shown(cache) == [*(f"gold {number}" for number in range(30)), "q1", "q2"]


def test_a_task_keeps_24_where_nobody_says_otherwise(cache: ToolCache) -> None:
    cache.record(Batch(examples=[("sorting", Example(f"q{number}", "a", MODEL)) for number in range(40)]))
    assert shown(cache) == [f"q{number}" for number in range(16, 40)]


def test_poisoned_examples_are_gone_after_as_many_good_ones(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example(f"bad {number}", "", MODEL) for number in range(24)])
    for number in range(24):
        cache.record(Batch(examples=[("sorting", Example(f"good {number}", "a", MODEL))]))
    assert shown(cache) == [f"good {number}" for number in range(24)]


def test_of_dropped_ones_the_newest_stay_on_record(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("gold", "a")])
    cache.drop_example("sorting", "gold", "wrong")
    for number in range(30):
        cache.add_examples("sorting", [Example(f"q{number}", "a", MODEL)])
        cache.drop_example("sorting", f"q{number}", "wrong")
    kept = [example.question for example in cache.dropped_examples("sorting")]
    assert kept == ["gold", *(f"q{number}" for number in range(6, 30))]
    assert shown(cache) == []


def test_a_dropped_example_can_be_restored_and_both_are_on_record(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a", MODEL)])
    cache.drop_example("sorting", "q", "two fresh answers said otherwise", who="auditor")
    cache.restore_example("sorting", "q")
    assert cache.task("sorting").examples == (Example("q", "a", MODEL),)
    assert [(event.kind, event.who, event.evidence["question"]) for event in cache.events("sorting")] == [
        (EventKind.DROPPED, "auditor", "q"),
        (EventKind.RESTORED, "person", "q"),
    ]


@pytest.mark.parametrize("question", ["q", "p"], ids=["it stands", "there is none"])
def test_only_what_was_dropped_is_restored(cache: ToolCache, question: str) -> None:
    cache.add_examples("sorting", [Example("q", "a", MODEL)])
    with pytest.raises(NotFoundError, match=f"No example '{question}' of the task 'sorting' was dropped"):
        cache.restore_example("sorting", question)


def test_the_last_word_of_a_batch_on_a_question_counts(cache: ToolCache) -> None:
    said = [Example("q", "a", MODEL), Example("q", "gold"), Example("q", "b", MODEL), Example("p", "1", MODEL)]
    cache.record(Batch(examples=[("sorting", example) for example in [*said, Example("p", "2", MODEL)]]))
    assert cache.task("sorting").examples == (Example("q", "gold"), Example("p", "2", MODEL))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(st.sampled_from("qprs"), st.sampled_from("ab"), st.sampled_from([GOLD, MODEL])), max_size=12
    ),
    cut=st.integers(0, 12),
)
def test_batches_add_up_to_what_one_by_one_does(cache: ToolCache, said: list[tuple[str, str, str]], cut: int) -> None:
    for task in ("one by one", "in batches"):
        cache.add_examples(task, [])
        cache.delete_task(task)
    for each in said:
        cache.add_examples("one by one", [Example(*each)], kept=100)
    for part in (said[:cut], said[cut:]):
        cache.record(Batch(examples=[("in batches", Example(*each)) for each in part]), kept=100)
    found = {task.name: task.examples for task in cache.tasks()}
    assert found.get("in batches") == found.get("one by one")


def test_a_batch_finds_tasks_by_every_name_that_they_had(cache: ToolCache) -> None:
    cache.add_examples("a", [Example("q", "a", MODEL)])
    cache.rename_task("a", "b")
    cache.rename_task("b", "c")
    late = Batch([Answer("p", "b", Route.DIRECT, "a")], [("b", Example("p", "b", MODEL))], {"a": Record(came=1)})
    cache.record(late)
    assert [(task.name, len(task.examples)) for task in cache.tasks()] == [("c", 2)]
    assert [answer.task for answer in cache.answers()] == ["c"]
    assert cache.records(["c"])["c"].came == 1


def test_a_name_that_was_taken_again_is_that_of_its_new_task(cache: ToolCache) -> None:
    cache.add_examples("a", [])
    cache.rename_task("a", "b")
    cache.add_examples("a", [])
    cache.record(Batch(examples=[("a", Example("q", "a", MODEL))]))
    assert {task.name: len(task.examples) for task in cache.tasks()} == {"a": 1, "b": 0}
    cache.rename_task("b", "z")
    cache.delete_task("z")
    cache.record(Batch(examples=[("b", Example("q", "a", MODEL))]))
    assert [task.name for task in cache.tasks()] == ["a", "z"]


def test_a_new_task_has_the_scope_of_its_first_example(cache: ToolCache) -> None:
    scope = Scope("tenant")
    examples = [("a", Example("q", "a", scope=scope)), ("a", Example("p", "a"))]
    cache.record(Batch(examples=examples, came={"a": Record(came=1), "b": Record(came=1)}))
    assert {task.name: task.scope for task in cache.tasks()} == {"a": scope, "b": Scope()}


def test_counters_add_up_exactly_over_batches_and_names(cache: ToolCache) -> None:
    for _ in range(10):
        cache.record(Batch(came={"sorting": Record(2, 1, 30, 0.1), "dates": Record(1, 1, 5, 0.1)}))
    assert cache.records(["sorting", "dates", "nobody"]) == {
        "sorting": Record(20, 10, 300, 1.0),
        "dates": Record(10, 10, 50, 1.0),
    }
    with cache.reading() as connection:
        costs = connection.exec_driver_sql("SELECT direct_cost FROM tasks").scalars().all()
    assert {Decimal(cost) for cost in costs} == {Decimal(1)}


def test_a_cost_once_unknown_stays_unknown(cache: ToolCache) -> None:
    for cost in (0.1, None, 0.1):
        cache.record(Batch(came={"sorting": Record(1, 1, 1, cost)}))
    assert cache.records(["sorting"])["sorting"] == Record(3, 3, 3, None)
