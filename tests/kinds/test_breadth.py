"""Examples are chosen for breadth."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from latm.kinds import choose

FORMS = (
    "Today is {}. What is the date in ten days?",
    "Yesterday was {}. Give the date one week from today.",
    "Jane was born on {} and turns 30 today. What is today's date?",
    "It is {} in the UK, where the day comes first. Which date was it a month ago?",
    "The meeting on {} was put off by two days. When is it now?",
)


def calendar(rng: random.Random, number: int) -> str:
    # The first forms are far commoner than the last, as in real streams.
    form = FORMS[min(int(rng.expovariate(0.9)), len(FORMS) - 1)] if number % 12 else rng.choice(FORMS[3:])
    return form.format(f"{rng.randint(1, 12)}/{rng.randint(1, 28)}/{rng.randint(1900, 2030)}")


def forms(questions: list[str]) -> set[int]:
    return {at for at, form in enumerate(FORMS) for question in questions if question[:5] == form[:5]}


def test_chosen_examples_show_every_form_where_the_first_do_not() -> None:
    rng = random.Random(5)
    asked = [calendar(rng, number) for number in range(80)]
    found = choose(asked, 6, 5)
    assert forms([asked[index] for index in found.shown]) == set(range(5))
    assert forms([asked[index] for index in found.held_out]) == set(range(5))
    assert forms(asked[1:7]) < set(range(5))


def test_more_variants_get_more_examples_up_to_the_limit() -> None:
    rng = random.Random(6)
    asked = [calendar(rng, number) for number in range(80)]
    assert len(choose(asked, 4, 0, at_most=8).shown) == 8
    assert len(choose([FORMS[0].format(day) for day in range(20)], 4, 0, at_most=8).shown) == 4


def test_the_budget_of_characters_holds() -> None:
    asked = [f"Count the words: {'word ' * size}" for size in range(1, 40)]
    found = choose(asked, 10, 3, characters=500)
    assert sum(len(asked[index]) for index in found.shown) <= 500


def test_one_example_is_shown_however_long_it_is() -> None:
    assert len(choose([f"Count the words: {'word ' * size}" for size in range(20, 40)], 10, 0, characters=9).shown) == 1


def test_what_many_have_is_shown_before_what_few_have() -> None:
    towns = ["Rome"] * 8 + ["Oslo"] * 3 + ["Lima"] * 2
    asked = [f"How many people live in {town}, in {1900 + at}?" for at, town in enumerate(reversed(towns))]
    found = choose(asked, 3, 0)
    assert [next(town for town in towns if town in asked[index]) for index in found.shown] == ["Rome", "Oslo", "Lima"]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.text(max_size=30), max_size=20), st.integers(0, 8), st.integers(0, 8), st.none() | st.integers(0, 100)
)
def test_no_example_is_chosen_twice(asked: list[str], shown: int, held_out: int, characters: int | None) -> None:
    found = choose(asked, shown, held_out, characters=characters)
    both = [*found.shown, *found.held_out]
    assert len(set(both)) == len(both)
    assert len(found.shown) <= shown
    assert len(found.held_out) == min(held_out, len(asked) - len(found.shown))
