"""A task that turns out to be several: what was learnt moves with its questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.answer import Answer, Route
from latm.errors import NotFoundError, OutdatedError
from latm.event import EventKind
from latm.provenance import Making, Outcome
from latm.store import Batch, ToolCache
from latm.store.splitting import portions
from latm.task import Example, Record

MODEL = "test:strong"
EXAMPLES = [Example(f"{kind} {n}", f"{n}", MODEL) for n in range(6) for kind in ("sort", "sort", "add")]
PARTS = {kind: [one for one in EXAMPLES if one.question.startswith(kind)] for kind in ("sort", "add")}


@pytest.fixture
def split(cache: ToolCache) -> ToolCache:
    """A cache in which the task `both` became `sort` and `add`."""
    answers = [Answer(one.question, one.answer, Route.DIRECT, task="both") for one in EXAMPLES]
    other = Answer("odd one", "?", Route.DIRECT, task="both")
    came = {"both": Record(came=18, direct_answers=18, direct_tokens=1_800)}
    cache.record(Batch([*answers, other], [("both", one) for one in EXAMPLES], came))
    making = Making("both", Outcome.SEVERAL, "the maker sees 2 kinds in the examples", None, MODEL)
    assert cache.record_making(making, None, came=18, parts=PARTS) is None
    return cache


def test_examples_counts_and_answers_go_with_their_questions(split: ToolCache) -> None:
    assert {task.name for task in split.tasks()} == {"sort", "add"}
    assert {one.question for one in split.task("sort").examples} == {one.question for one in PARTS["sort"]}
    records = split.records(["sort", "add"])
    assert (records["sort"].came, records["add"].came) == (12, 6)
    assert records["add"].direct_tokens == 600
    assert {one.question for one in split.answers("add")} == {one.question for one in PARTS["add"]}
    assert [one.question for one in split.unplaced_answers(10)] == ["odd one"]


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_no_count_is_lost_in_a_division(count: int, sizes: list[int]) -> None:
    divided = portions(count, sizes)
    assert sum(divided) == count
    assert all(abs(one - count * size / sum(sizes)) <= 1 for one, size in zip(divided, sizes, strict=True))


def test_the_split_stays_on_record(split: ToolCache) -> None:
    with pytest.raises(NotFoundError):
        split.task("both")
    assert [making.outcome for making in split.makings("both")] == [Outcome.SEVERAL]
    assert EventKind.SPLIT in {event.kind for event in split.events("both")}


def test_what_is_still_said_by_the_old_name_goes_to_the_largest_part(split: ToolCache) -> None:
    split.record(Batch([], [("both", Example("sort 99", "99", MODEL))], {"both": Record(came=1)}))
    assert split.task("sort").examples[-1].question == "sort 99"
    assert split.records(["sort"])["sort"].came == 13


def test_a_kind_is_not_found_by_who_has_not_seen_the_newest_task(cache: ToolCache) -> None:
    seen = cache.changes(0).newest
    cache.add_examples("found elsewhere", [Example("q", "a", MODEL)])
    batch = Batch([], [("twin", Example("q", "a", MODEL))], {"twin": Record(came=1)}, seen=seen)
    with pytest.raises(OutdatedError):
        cache.record(batch)
    assert [task.name for task in cache.tasks()] == ["found elsewhere"]


def test_a_change_of_a_known_task_makes_no_kind_outdated(cache: ToolCache) -> None:
    cache.add_examples("known", [Example("q", "a", MODEL)])
    seen = cache.changes(0).newest
    cache.add_examples("known", [Example("q2", "a", MODEL)])
    cache.record(Batch([], [("new", Example("q", "a", MODEL))], {"new": Record(came=1)}, seen=seen))
    assert [task.name for task in cache.tasks()] == ["known", "new"]
