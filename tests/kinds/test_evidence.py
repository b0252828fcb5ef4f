"""Splitting on evidence: partial labels, forms of answers."""

import random

import pytest

from latm.kinds import Group, by_form, split, whole

TOWNS = ("Oslo", "Rome", "Lima", "Cairo", "Quito", "Accra", "Delhi", "Sofia", "Minsk", "Tunis")


def puzzle(rng: random.Random, topic: str) -> str:
    names = rng.sample(TOWNS, 4)
    order = f"{names[0]} is before {names[1]}, {names[2]} after {names[3]}."
    return f"Four people stand in a row. {topic} {order} Who is last?"


def questions(first: str, second: str, count: int = 20) -> list[str]:
    rng = random.Random(7)
    return [puzzle(rng, first if number % 2 else second) for number in range(count)]


def test_a_few_labels_of_the_maker_divide_the_whole_group() -> None:
    asked = questions("They are dancers.", "They are bakers.")
    found = split(asked, whole(asked), {1: "a", 3: "a", 0: "b", 2: "b"})
    assert [one.members for one in found] == [tuple(range(0, 20, 2)), tuple(range(1, 20, 2))]
    assert ["bakers" in found[0].template.text, "dancers" in found[1].template.text] == [True, True]


@pytest.mark.parametrize("labels", [{}, {1: "a"}, {1: "a", 2: "a"}, {99: "a", 98: "b"}])
def test_fewer_than_two_labels_divide_nothing(labels: dict[int, str]) -> None:
    asked = questions("They are dancers.", "They are bakers.")
    one = whole(asked)
    assert split(asked, one, labels) == [one]


@pytest.mark.parametrize("second", ["They are dancers.", "They are bakers."])
def test_a_whole_is_no_part_of_itself(second: str) -> None:
    asked = questions("They are dancers.", second)
    assert [len(one.members) for one in whole(asked).all()].count(len(asked)) == 1


def test_what_a_tool_answers_leaves_the_rest_together() -> None:
    asked = questions("They are dancers.", "They are bakers.")
    answered = {index: bool(index % 2) for index in range(len(asked))}
    assert sorted(len(one.members) for one in split(asked, whole(asked), answered)) == [10, 10]


def test_no_question_is_lost_or_doubled_by_a_split() -> None:
    asked = questions("They are dancers.", "They are bakers.", 31)
    rng = random.Random(3)
    labels = {index: rng.randint(0, 4) for index in rng.sample(range(31), 9)}
    found = split(asked, whole(asked), labels)
    assert sorted(index for one in found for index in one.members) == list(range(31))
    assert all(len({labels[index] for index in one.members if index in labels}) <= 1 for one in found)


@pytest.mark.parametrize(
    ("second", "forms", "divides"),
    [
        pytest.param("They are bakers.", ("name", "number"), True, id="unlike forms along the wording"),
        pytest.param("They are bakers.", ("name", "name"), False, id="one form"),
        pytest.param("They are dancers.", ("name", "none"), False, id="two forms of one wording"),
    ],
)
def test_unlike_forms_divide_only_along_wordings(second: str, forms: tuple[str, str], divides: bool) -> None:
    asked = questions("They are dancers.", second)
    found = by_form(asked, whole(asked), {index: forms[index % 2] for index in range(len(asked))})
    assert bool(found) is divides


def test_a_stray_form_divides_nothing() -> None:
    asked = questions("They are dancers.", "They are dancers.")
    forms = dict.fromkeys(range(len(asked)), "name") | {3: "sentence"}
    assert by_form(asked, whole(asked), forms) == {}


def test_a_group_of_parts_is_divided_by_the_forms_of_its_parts() -> None:
    asked = questions(
        "They are dancers in a ballet at the opera house.", "They are bakers of the old town's bakery.", 40
    )
    parts = whole(asked).parts or (whole(asked),)
    group = Group(tuple(range(40)), whole(asked).template, parts)
    forms = {index: "name" if index % 2 else "number" for index in range(20)} | {0: "name"}
    found = by_form(asked, group, forms)
    assert found.keys() == set(range(40))
    assert {label: {index % 2 for index in found if found[index] == label} for label in set(found.values())} == {
        "name": {1},
        "number": {0},
    }
