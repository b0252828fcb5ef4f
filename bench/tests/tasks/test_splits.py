"""The paper's split: what is made from, what is verified on, what is scored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.errors import InputError
from latm.task import Example, Instance
from latm_bench.tasks.splits import paper_split


def items(count: int) -> list[Instance]:
    return [Instance(f"question {number}", id=str(number), answer=f"answer {number}") for number in range(count)]


def ids(instances: tuple[Instance, ...]) -> list[int]:
    return [int(instance.id) for instance in instances]


@pytest.mark.parametrize(
    ("pool", "used", "making", "verifying", "test"),
    [
        (5, 3, [0, 1, 2], [5, 6, 7], [10, 11, 12]),
        (5, 5, [0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12]),
        (5, 1, [0], [5], [10, 11, 12]),
        (6, 2, [0, 1], [6, 7], [12]),
    ],
)
def test_items_are_split_by_their_place(
    pool: int, used: int, making: list[int], verifying: list[int], test: list[int]
) -> None:
    split = paper_split(items(13), pool=pool, used=used)

    assert (ids(split.making), ids(split.verifying), ids(split.test)) == (making, verifying, test)


def test_by_default_it_is_the_papers_split() -> None:
    assert paper_split(items(13)) == paper_split(items(13), pool=5, used=3)


def test_its_examples_are_gold_and_those_for_making_come_first() -> None:
    examples = paper_split(items(11), used=1).examples

    assert examples == (Example("question 0", "answer 0"), Example("question 5", "answer 5"))
    assert all(example.is_gold for example in examples)


@given(count=st.integers(11, 40), pool=st.integers(1, 5), data=st.data())
def test_no_item_has_two_uses(count: int, pool: int, data: st.DataObject) -> None:
    split = paper_split(items(count), pool=pool, used=data.draw(st.integers(1, pool)))

    used = ids((*split.making, *split.verifying, *split.test))
    assert len(set(used)) == len(used)


@pytest.mark.parametrize(
    ("instances", "pool", "used", "message"),
    [
        (items(10), 5, 3, "10 items are too few"),
        ([], 5, 3, "0 items are too few"),
        (items(11), 5, 6, "6 of 5 items"),
        (items(11), 5, 0, "0 of 5 items"),
        ([*items(11), Instance("unanswered", id="11")], 5, 3, "Item 11 has no answer"),
    ],
)
def test_what_cannot_be_split_is_one_clear_error(instances: list[Instance], pool: int, used: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        paper_split(instances, pool=pool, used=used)
    assert caught.value.hint
